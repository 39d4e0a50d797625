//! RFC 9421, HTTP Message Signatures: RSA PKCS#1 v1.5 with SHA-256, and Ed25519.
//!
//! Of derived components those that say where a request goes are known; components with parameters (`;sf`, `;bs`,
//! `;req` …) are not.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sfv::{BareItem, DictSerializer, Dictionary, Error, InnerList, KeyRef, ListEntry, Parser, StringRef};

use super::{Claim, Outgoing, Request, Scheme, SignatureError, window};
use crate::digest::BodyDigest;
use crate::key::{Algorithm, KeyError, Signer};
use crate::limits::{SIGNATURE_COMPONENTS_MAX, SIGNATURE_PARAMETERS_MAX, URI_BYTES_MAX};

const RSA: &str = "rsa-v1_5-sha256";
const ED25519: &str = "ed25519";
const INPUT: SignatureError = SignatureError::Malformed("Signature-Input");

/// Signs a request: method, target, with a body its digest, and the headers named in it. Returned are the headers to add:
/// `date`, with a body `content-digest`, `signature-input` and `signature`.
///
/// # Errors
/// The key could not sign, or its address cannot stand in a header.
pub fn sign(request: &Outgoing<'_>, signer: &dyn Signer) -> Result<Vec<(&'static str, String)>, KeyError> {
    let mut headers = vec![("date", window::to_date(request.now))];
    let mut lines = vec![
        ("@method".to_owned(), request.method.to_owned()),
        ("@target-uri".to_owned(), request.url.as_str().split('#').next().unwrap_or_default().to_owned()),
    ];
    if let Some(digest) = request.digest {
        let value = digest.to_content_digest_header();
        lines.push(("content-digest".to_owned(), value.clone()));
        headers.push(("content-digest", value));
    }
    lines.extend(request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())));
    let algorithm = match signer.algorithm() {
        Algorithm::RsaSha256 => RSA,
        Algorithm::Ed25519 => ED25519,
    };
    let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
    let input =
        write_input(&names, request.now.as_second(), request.key_id, algorithm).map_err(|_| KeyError::Signing)?;
    let parameters = input.strip_prefix("sig1=").expect("it was written under this name");
    let base = write_base(&lines, parameters);
    let signature = sfv_bytes(&signer.sign(base.as_bytes())?).map_err(|_| KeyError::Signing)?;
    headers.extend([("signature-input", input), ("signature", signature)]);
    Ok(headers)
}

pub(super) fn read(request: &Request<'_>, now: Timestamp) -> Result<Claim, SignatureError> {
    let header = request.bounded("signature-input")?.ok_or(SignatureError::Missing)?;
    let inputs: Dictionary = Parser::new(header).parse().map_err(|_| INPUT)?;
    let mut inputs = inputs.into_iter();
    let (label, input) = match (inputs.next(), inputs.next()) {
        (Some((label, ListEntry::InnerList(input))), None) => (label, input),
        (Some(_), Some(_)) => return Err(SignatureError::Ambiguous("several signatures")),
        (Some(_), None) => return Err(INPUT),
        (None, _) => return Err(SignatureError::Missing),
    };
    let names = component_names(&input)?;
    if count_unquoted(header, b',') > 0 || count_unquoted(header, b';') > input.params.len() {
        return Err(SignatureError::Ambiguous("a parameter of the signature is there twice"));
    }
    let signature = read_signature(request, label.as_str())?;
    let parameters = Parameters::of(&input)?;
    check_coverage(request, &names)?;
    window::check(parameters.created, parameters.expires, now)?;
    let values: Result<Vec<String>, SignatureError> = names.iter().map(|name| value_of(request, name)).collect();
    let lines: Vec<(String, String)> = names.into_iter().zip(values?).collect();
    Ok(Claim {
        key_id: parameters.key_id,
        scheme: Scheme::Rfc9421,
        algorithm: parameters.algorithm,
        signature,
        covered: lines.iter().map(|(name, _)| name.clone()).collect(),
        bases: vec![write_base(&lines, &write_parameters(label, input)?)],
    })
}

fn read_signature(request: &Request<'_>, label: &str) -> Result<Vec<u8>, SignatureError> {
    const MALFORMED: SignatureError = SignatureError::Malformed("Signature");
    let header = request.bounded("signature")?.ok_or(SignatureError::Missing)?;
    let signatures: Dictionary = Parser::new(header).parse().map_err(|_| MALFORMED)?;
    if signatures.len() > 1 || count_unquoted(header, b',') > 0 {
        return Err(SignatureError::Ambiguous("several signatures"));
    }
    let bytes = match signatures.get(label).ok_or(SignatureError::Missing)? {
        ListEntry::Item(item) => item.bare_item.as_byte_sequence().ok_or(MALFORMED)?,
        ListEntry::InnerList(_) => return Err(MALFORMED),
    };
    if bytes.is_empty() { Err(SignatureError::Missing) } else { Ok(bytes.to_vec()) }
}

/// How often a separator stands outside of quoted texts. The parser keeps the last of what is there twice and does not
/// say so; the separators do.
fn count_unquoted(header: &str, separator: u8) -> usize {
    let (mut quoted, mut escaped, mut count) = (false, false, 0);
    for byte in header.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// The components, each once and without parameters.
fn component_names(input: &InnerList) -> Result<Vec<String>, SignatureError> {
    if input.items.len() > SIGNATURE_COMPONENTS_MAX || input.params.len() > SIGNATURE_PARAMETERS_MAX {
        return Err(SignatureError::TooLarge);
    }
    let mut names = Vec::new();
    for item in &input.items {
        let name = item.bare_item.as_string().ok_or(INPUT)?.as_str();
        if !item.params.is_empty() || name != name.to_ascii_lowercase() {
            return Err(INPUT);
        }
        names.push(name.to_owned());
    }
    if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
        return Err(SignatureError::Ambiguous("a component is signed twice"));
    }
    Ok(names)
}

/// What must be signed. The digest, where it is signed, is the body's; so is the host, where it is.
fn check_coverage(request: &Request<'_>, names: &[String]) -> Result<(), SignatureError> {
    let covers = |name: &str| names.iter().any(|covered| covered == name);
    for name in ["@method", "@target-uri"] {
        if !covers(name) {
            return Err(SignatureError::NotCovered(name));
        }
    }
    if covers("host") {
        request.check_host()?;
    }
    if covers("content-digest") {
        let header = request.single("content-digest")?.ok_or(SignatureError::HeaderMissing)?;
        if BodyDigest::parse_content_digest_header(header)? != BodyDigest::of(request.body) {
            return Err(SignatureError::WrongDigest);
        }
    } else if request.has_body() {
        return Err(SignatureError::NotCovered("content-digest"));
    }
    Ok(())
}

fn value_of(request: &Request<'_>, name: &str) -> Result<String, SignatureError> {
    let path_and_query = request.path_and_query();
    Ok(match name {
        "@method" => request.method.to_owned(),
        "@target-uri" => format!("{}://{}{path_and_query}", request.scheme(), request.authority()),
        "@authority" => request.authority().to_ascii_lowercase(),
        "@scheme" => request.scheme().to_owned(),
        "@request-target" => path_and_query.to_owned(),
        "@path" => path_and_query.split('?').next().unwrap_or_default().to_owned(),
        "@query" => format!("?{}", path_and_query.split_once('?').map_or("", |(_, query)| query)),
        derived if derived.starts_with('@') => return Err(INPUT),
        header => request.joined(header)?,
    })
}

struct Parameters {
    key_id: String,
    created: i64,
    expires: Option<i64>,
    algorithm: Option<Algorithm>,
}

impl Parameters {
    fn of(input: &InnerList) -> Result<Parameters, SignatureError> {
        let seconds = |name: &str| match input.params.get(name) {
            Some(BareItem::Integer(seconds)) => Ok(Some(i64::from(*seconds))),
            Some(_) => Err(INPUT),
            None => Ok(None),
        };
        let text = |name: &str| match input.params.get(name) {
            Some(BareItem::String(text)) => Ok(Some(text.as_str().to_owned())),
            Some(_) => Err(INPUT),
            None => Ok(None),
        };
        let algorithm = match text("alg")?.as_deref() {
            None => None,
            Some(RSA) => Some(Algorithm::RsaSha256),
            Some(ED25519) => Some(Algorithm::Ed25519),
            Some(_) => return Err(SignatureError::AlgorithmUnsupported),
        };
        let key_id = text("keyid")?.filter(|id| !id.is_empty()).ok_or(SignatureError::NotCovered("keyid"))?;
        if key_id.len() > URI_BYTES_MAX {
            return Err(SignatureError::TooLarge);
        }
        let created = seconds("created")?.ok_or(SignatureError::NotCovered("created"))?;
        Ok(Parameters { key_id, created, expires: seconds("expires")?, algorithm })
    }
}

/// The signature base (section 2.5).
fn write_base(lines: &[(String, String)], parameters: &str) -> String {
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("\"{name}\": {value}\n")).collect();
    format!("{}\"@signature-params\": {parameters}", lines.concat())
}

/// The components and parameters as they are signed: as read, in the canonical writing.
fn write_parameters(label: sfv::Key, input: InnerList) -> Result<String, SignatureError> {
    use sfv::FieldType;
    let prefix = label.as_str().len() + 1;
    let dictionary = Dictionary::from_iter([(label, ListEntry::InnerList(input))]);
    let text = dictionary.serialize().ok_or(INPUT)?;
    Ok(text[prefix..].to_owned())
}

fn write_input(names: &[&str], created: i64, key_id: &str, algorithm: &str) -> Result<String, Error> {
    let mut serializer = DictSerializer::new();
    let mut list = serializer.inner_list(KeyRef::constant("sig1"));
    for name in names {
        list.bare_item(StringRef::from_str(name)?);
    }
    list.finish()
        .parameter(KeyRef::constant("created"), sfv::Integer::try_from(created).unwrap_or(sfv::Integer::MAX))
        .parameter(KeyRef::constant("keyid"), StringRef::from_str(key_id)?)
        .parameter(KeyRef::constant("alg"), StringRef::from_str(algorithm)?);
    Ok(serializer.finish().expect("there is one member"))
}

fn sfv_bytes(signature: &[u8]) -> Result<String, Error> {
    let mut serializer = DictSerializer::new();
    serializer.bare_item(KeyRef::constant("sig1"), signature);
    Ok(serializer.finish().expect("there is one member"))
}
