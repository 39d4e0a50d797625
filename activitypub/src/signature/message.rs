//! A request as signatures see it: plain values, of a request that came or of one that is to go.

use jiff::Timestamp;
use url::Url;

use super::SignatureError;
use crate::digest::BodyDigest;
use crate::limits::SIGNATURE_HEADER_BYTES_MAX;

/// A request that came in.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// In upper case, as it came.
    pub method: &'a str,
    /// `https://`, our own domain as configured (never as the request says), then path and query as they came.
    pub target: &'a str,
    /// Every header, in order, also those that are there twice. Names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// Empty where there is none.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The one header of this name.
    pub(super) fn single(&self, name: &'static str) -> Result<Option<&'a str>, SignatureError> {
        let mut found = self.values(name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(SignatureError::Ambiguous(name)),
            (value, None) => Ok(value),
        }
    }

    /// The one header of this name, not longer than such a header may be.
    pub(super) fn bounded(&self, name: &'static str) -> Result<Option<&'a str>, SignatureError> {
        match self.single(name)? {
            Some(value) if value.len() > SIGNATURE_HEADER_BYTES_MAX => Err(SignatureError::TooLarge),
            value => Ok(value),
        }
    }

    /// All headers of this name (in lower case) as one, as both schemes join them.
    pub(super) fn joined(&self, name: &str) -> Result<String, SignatureError> {
        let values: Vec<&str> = self.values(name).map(str::trim).collect();
        let joined = values.join(", ");
        match values.len() {
            0 => Err(SignatureError::HeaderMissing),
            _ if joined.len() > SIGNATURE_HEADER_BYTES_MAX => Err(SignatureError::TooLarge),
            _ => Ok(joined),
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// A request with a body, whose digest must be signed.
    pub(super) fn has_body(&self) -> bool {
        !matches!(self.method, "GET" | "HEAD") || !self.body.is_empty()
    }

    /// Our host, and the port where it is not the scheme's own.
    pub(super) fn authority(&self) -> &'a str {
        self.split().1
    }

    /// Path and query.
    pub(super) fn path_and_query(&self) -> &'a str {
        match self.split().2 {
            "" => "/",
            tail => tail,
        }
    }

    pub(super) fn scheme(&self) -> &'a str {
        self.split().0
    }

    fn split(&self) -> (&'a str, &'a str, &'a str) {
        let (scheme, rest) = self.target.split_once("://").unwrap_or(("", self.target));
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        (scheme, authority, tail)
    }

    /// That the `Host` header names us.
    pub(super) fn check_host(&self) -> Result<(), SignatureError> {
        let host = self.single("host")?.ok_or(SignatureError::HeaderMissing)?;
        let own_port = if self.scheme() == "http" { ":80" } else { ":443" };
        let plain = |authority: &str| {
            let lower = authority.trim().to_ascii_lowercase();
            lower.strip_suffix(own_port).map_or(lower.clone(), str::to_owned)
        };
        if plain(host) == plain(self.authority()) { Ok(()) } else { Err(SignatureError::WrongHost) }
    }
}

/// A request that is to go out.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Where it goes. The `Host` header must be sent as this says: the host, and the port where it is not the scheme's.
    pub url: &'a Url,
    /// Headers that the signature shall cover besides its own, such as `content-type` and `collection-synchronization`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The digest of the body, where there is one.
    pub digest: Option<&'a BodyDigest>,
    /// The key's address.
    pub key_id: &'a str,
    /// When it is made.
    pub now: Timestamp,
}

impl Outgoing<'_> {
    pub(super) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"))
    }

    pub(super) fn path_and_query(&self) -> String {
        self.url.query().map_or(self.url.path().to_owned(), |query| format!("{}?{query}", self.url.path()))
    }
}
