//! draft-cavage-http-signatures-12, as this network uses it: RSA with SHA-256, called `rsa-sha256` or `hs2019`.

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use super::{Claim, Outgoing, Request, Scheme, SignatureError, window};
use crate::digest::BodyDigest;
use crate::key::{Algorithm, KeyError, Signer};
use crate::limits::{SIGNATURE_COMPONENTS_MAX, SIGNATURE_PARAMETERS_MAX, URI_BYTES_MAX};

const REQUEST_TARGET: &str = "(request-target)";
const CREATED: &str = "(created)";
const EXPIRES: &str = "(expires)";

/// Signs a request. Returned are the headers to add to it: `date`, with a body `digest`, and `signature`.
///
/// # Errors
/// The key could not sign.
pub fn sign(request: &Outgoing<'_>, signer: &dyn Signer) -> Result<Vec<(&'static str, String)>, KeyError> {
    if signer.algorithm() != Algorithm::RsaSha256 {
        return Err(KeyError::Unsupported);
    }
    let mut headers = vec![("date", window::to_date(request.now))];
    headers.extend(request.digest.map(|digest| ("digest", digest.to_digest_header())));
    let target = format!("{} {}", request.method.to_ascii_lowercase(), request.path_and_query());
    let host = request.host();
    let mut names = String::from("(request-target) host");
    let mut base = format!("{REQUEST_TARGET}: {target}\nhost: {host}");
    let own = headers.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in own.chain(request.headers.iter().copied()) {
        let name = name.to_ascii_lowercase();
        write!(names, " {name}").expect("a string takes everything");
        write!(base, "\n{name}: {}", value.trim()).expect("a string takes everything");
    }
    let signature = BASE64.encode(signer.sign(base.as_bytes())?);
    let key_id = request.key_id;
    headers.push((
        "signature",
        format!(r#"keyId="{key_id}",algorithm="rsa-sha256",headers="{names}",signature="{signature}""#),
    ));
    Ok(headers)
}

pub(super) fn read(request: &Request<'_>, now: Timestamp) -> Result<Claim, SignatureError> {
    let header = request.bounded("signature")?.ok_or(SignatureError::Missing)?;
    let parameters = Parameters::parse(header)?;
    parameters.check_algorithm()?;
    check_coverage(request, &parameters.covered)?;
    check_time(request, &parameters, now)?;
    if parameters.covers("digest") {
        check_digest(request)?;
    }
    let mut bases = vec![base(request, &parameters, request.path_and_query())?];
    if let Some((path, _)) = request.path_and_query().split_once('?') {
        bases.push(base(request, &parameters, path)?);
    }
    Ok(Claim {
        key_id: parameters.key_id,
        scheme: Scheme::Cavage,
        algorithm: Some(Algorithm::RsaSha256),
        signature: parameters.signature,
        covered: parameters.covered,
        bases,
    })
}

/// What must be signed, and that the host is ours.
fn check_coverage(request: &Request<'_>, covered: &[String]) -> Result<(), SignatureError> {
    let demand = |name: &'static str| {
        if covered.iter().any(|covered| covered == name) { Ok(()) } else { Err(SignatureError::NotCovered(name)) }
    };
    demand(REQUEST_TARGET)?;
    demand("host")?;
    request.check_host()?;
    if request.has_body() { demand("digest") } else { Ok(()) }
}

fn check_time(request: &Request<'_>, parameters: &Parameters, now: Timestamp) -> Result<(), SignatureError> {
    let expires = if parameters.covers(EXPIRES) { parameters.expires } else { None };
    if !parameters.covers(CREATED) && !parameters.covers("date") {
        return Err(SignatureError::NotCovered("a date"));
    }
    if parameters.covers(CREATED) {
        window::check(parameters.created.ok_or(SignatureError::HeaderMissing)?, expires, now)?;
    }
    if parameters.covers("date") {
        let date = request.single("date")?.ok_or(SignatureError::HeaderMissing)?;
        window::check(window::parse_date(date)?, expires, now)?;
    }
    Ok(())
}

fn check_digest(request: &Request<'_>) -> Result<(), SignatureError> {
    let header = request.single("digest")?.ok_or(SignatureError::HeaderMissing)?;
    if BodyDigest::parse_digest_header(header)? == BodyDigest::of(request.body) {
        Ok(())
    } else {
        Err(SignatureError::WrongDigest)
    }
}

/// What was signed, the target being `path`.
fn base(request: &Request<'_>, parameters: &Parameters, path: &str) -> Result<String, SignatureError> {
    let line = |name: &String| {
        let value = match name.as_str() {
            REQUEST_TARGET => format!("{} {path}", request.method.to_ascii_lowercase()),
            CREATED => parameters.created.ok_or(SignatureError::HeaderMissing)?.to_string(),
            EXPIRES => parameters.expires.ok_or(SignatureError::HeaderMissing)?.to_string(),
            header => request.joined(header)?,
        };
        Ok(format!("{name}: {value}"))
    };
    let lines: Result<Vec<String>, SignatureError> = parameters.covered.iter().map(line).collect();
    Ok(lines?.join("\n"))
}

/// The parameters of a `Signature` header.
struct Parameters {
    key_id: String,
    algorithm: Option<String>,
    created: Option<i64>,
    expires: Option<i64>,
    covered: Vec<String>,
    signature: Vec<u8>,
}

impl Parameters {
    fn parse(header: &str) -> Result<Parameters, SignatureError> {
        let mut pairs = split(header)?;
        let mut take =
            |name: &str| pairs.iter().position(|(key, _)| *key == name).map(|at| pairs.swap_remove(at).1.to_owned());
        let seconds = |text: String| text.parse().map_err(|_| SignatureError::Malformed("Signature"));
        let key_id = take("keyId").filter(|id| !id.is_empty()).ok_or(SignatureError::Malformed("Signature"))?;
        let signature = take("signature").filter(|text| !text.is_empty()).ok_or(SignatureError::Missing)?;
        if key_id.len() > URI_BYTES_MAX {
            return Err(SignatureError::TooLarge);
        }
        Ok(Parameters {
            key_id,
            algorithm: take("algorithm"),
            created: take("created").map(seconds).transpose()?,
            expires: take("expires").map(seconds).transpose()?,
            covered: split_names(&take("headers").unwrap_or_else(|| "date".to_owned()))?,
            signature: BASE64.decode(signature).map_err(|_| SignatureError::Malformed("Signature"))?,
        })
    }

    fn covers(&self, name: &str) -> bool {
        self.covered.iter().any(|covered| covered == name)
    }

    /// `(created)` and `(expires)` belong to `hs2019`: the draft forbids them to the older name.
    fn check_algorithm(&self) -> Result<(), SignatureError> {
        match self.algorithm.as_deref() {
            None | Some("hs2019") => Ok(()),
            Some("rsa-sha256") if !self.covers(CREATED) && !self.covers(EXPIRES) => Ok(()),
            Some(_) => Err(SignatureError::AlgorithmUnsupported),
        }
    }
}

/// `name="value"` or `name=value`, separated by commas; each name once.
fn split(header: &str) -> Result<Vec<(&str, &str)>, SignatureError> {
    const MALFORMED: SignatureError = SignatureError::Malformed("Signature");
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    let mut rest = header.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(MALFORMED)?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or(MALFORMED)?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(MALFORMED);
        }
        if value.contains(['\\', '"']) || value.chars().any(char::is_control) {
            return Err(MALFORMED);
        }
        if pairs.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(SignatureError::Ambiguous("a parameter of the signature is there twice"));
        }
        if pairs.len() == SIGNATURE_PARAMETERS_MAX {
            return Err(SignatureError::TooLarge);
        }
        pairs.push((name, value.trim()));
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',').map(str::trim_start).filter(|rest| !rest.is_empty()).ok_or(MALFORMED)?;
        }
    }
    Ok(pairs)
}

/// The names of the covered headers, in lower case, each once.
fn split_names(names: &str) -> Result<Vec<String>, SignatureError> {
    let names: Vec<String> = names.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
    if names.len() > SIGNATURE_COMPONENTS_MAX {
        return Err(SignatureError::TooLarge);
    }
    if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
        return Err(SignatureError::Ambiguous("a header is signed twice"));
    }
    Ok(names)
}
