//! One request after another: signed, sent, and where the answer is a redirect, checked and signed anew.

use bytes::Bytes;
use chronodon_activitypub::digest::BodyDigest;
use chronodon_activitypub::signature::{Outgoing, Scheme, cavage, rfc9421};
use chronodon_activitypub::uri::{Uri, UriRules};
use chronodon_domain::limits::{DELIVERY_ANSWER_BYTES_MAX, FETCH_REDIRECTS_MAX, RETRY_AFTER_SECONDS_MAX};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use std::time::Duration;
use url::Url;

use super::body::Body;
use super::budget::Turn;
use super::client::Inner;
use super::kind::Kind;
use super::{Answer, EgressError};
use crate::clock;
use crate::federation::keys::KeyPair;

/// How a fetch is signed where nothing is known.
const FIRST_SCHEME: Scheme = Scheme::Cavage;
/// What a delivery is.
const ACTIVITY: &str = "application/activity+json";
/// Bytes of a `Retry-After` header that are looked at.
const RETRY_AFTER_BYTES_MAX: usize = 64;

/// An answer that has begun.
pub(super) struct Found {
    pub(super) url: Uri,
    pub(super) response: Response,
    _turn: Turn,
}

impl Found {
    pub(super) fn media_type(&self) -> Option<String> {
        let value = self.response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
        value.split(';').next().map(|essence| essence.trim().to_ascii_lowercase())
    }

    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }
}

/// An activity on its way to an inbox.
pub(super) struct Delivery<'a> {
    pub(super) inbox: &'a Uri,
    pub(super) body: Bytes,
    pub(super) digest: &'a BodyDigest,
    pub(super) signer: &'a KeyPair,
    pub(super) scheme: Scheme,
    pub(super) extra_headers: &'a [(&'a str, &'a str)],
}

impl Inner {
    /// Follows redirects until there is something. What there is, is of the kind that was asked for.
    pub(super) async fn get(&self, url: &Uri, kind: Kind, signer: Option<&KeyPair>) -> Result<Found, EgressError> {
        let mut seen = vec![url.document()];
        loop {
            let at = seen.last().expect("it begins with one");
            let found = self.ask(at, kind, signer).await?;
            match found.status() {
                200..=299 => {
                    let media_type = found.response.headers().get(CONTENT_TYPE).map(|value| value.to_str());
                    let takes = kind.takes(media_type.transpose().map_err(|_| EgressError::WrongType)?);
                    return if takes { Ok(found) } else { Err(EgressError::WrongType) };
                }
                301 | 302 | 303 | 307 | 308 => {
                    let next = redirected(at, found.response.headers(), self.rules)?;
                    if seen.contains(&next) {
                        return Err(EgressError::Redirect("in a circle"));
                    }
                    if seen.len() > FETCH_REDIRECTS_MAX {
                        return Err(EgressError::Redirect("too often"));
                    }
                    seen.push(next);
                }
                status => return Err(EgressError::Status(status)),
            }
        }
    }

    pub(super) async fn post(&self, delivery: Delivery<'_>) -> Result<Answer, EgressError> {
        let Delivery { inbox, body, digest, signer, scheme, extra_headers } = delivery;
        let (url, client) = self.admit(inbox)?;
        let turn = tokio::time::timeout(self.bounds.wait, self.deliveries.acquire()).await;
        let _turn = turn.map_err(|_| EgressError::Busy)?.map_err(|_| EgressError::Busy)?;
        let mut headers = vec![("content-type", ACTIVITY)];
        headers.extend_from_slice(extra_headers);
        let outgoing = Outgoing {
            method: "POST",
            url: &url,
            headers: &headers,
            digest: Some(digest),
            key_id: &signer.key_id,
            now: clock::now(),
        };
        let signature = sign(&outgoing, signer, scheme)?;
        let request =
            signature.iter().fold(client.post(url.clone()), |request, (name, value)| request.header(*name, value));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = self.send(request.body(body)).await?;
        let answer =
            Answer { status: response.status().as_u16(), retry_after: retry_after(response.headers(), outgoing.now) };
        // The answer's body means nothing, but a connection on which it was left lying cannot be used again.
        if let Ok(mut body) = Body::new(response, DELIVERY_ANSWER_BYTES_MAX, &self.bounds) {
            while let Ok(Some(_)) = body.next().await {}
        }
        Ok(answer)
    }

    /// Asks once; and if the signature was refused, once more with the other kind of signature.
    async fn ask(&self, at: &Uri, kind: Kind, signer: Option<&KeyPair>) -> Result<Found, EgressError> {
        let Some(signer) = signer else { return self.request(at, kind, None).await };
        let first = self.schemes.get(at.authority()).unwrap_or(FIRST_SCHEME);
        let found = self.request(at, kind, Some((signer, first))).await?;
        if !matches!(found.status(), 400 | 401) {
            return Ok(found);
        }
        drop(found);
        let second = match first {
            Scheme::Cavage => Scheme::Rfc9421,
            Scheme::Rfc9421 => Scheme::Cavage,
        };
        let found = self.request(at, kind, Some((signer, second))).await?;
        if found.response.status().is_success() {
            self.schemes.insert(at.authority().to_owned(), second);
        }
        Ok(found)
    }

    async fn request(&self, at: &Uri, kind: Kind, signer: Option<(&KeyPair, Scheme)>) -> Result<Found, EgressError> {
        let (url, client) = self.admit(at)?;
        let turn = self.fetches.turn(at.authority()).await?;
        let mut request = client.get(url.clone()).header(ACCEPT, kind.accept());
        if let Some((signer, scheme)) = signer {
            let outgoing = Outgoing {
                method: "GET",
                url: &url,
                headers: &[],
                digest: None,
                key_id: &signer.key_id,
                now: clock::now(),
            };
            for (name, value) in sign(&outgoing, signer, scheme)? {
                request = request.header(name, value);
            }
        }
        Ok(Found { url: at.clone(), response: self.send(request).await?, _turn: turn })
    }

    /// Sends, and waits until an answer begins.
    async fn send(&self, request: RequestBuilder) -> Result<Response, EgressError> {
        let sent = tokio::time::timeout(self.bounds.connect + self.bounds.silence, request.send()).await;
        sent.map_err(|_| EgressError::TooSlow)?.map_err(EgressError::of)
    }
}

fn sign(outgoing: &Outgoing<'_>, signer: &KeyPair, scheme: Scheme) -> Result<Vec<(&'static str, String)>, EgressError> {
    let signed = match scheme {
        Scheme::Cavage => cavage::sign(outgoing, signer.signer()),
        Scheme::Rfc9421 => rfc9421::sign(outgoing, signer.signer()),
    };
    Ok(signed?)
}

/// Where a redirect leads. Never from https to http; and what is written in a way that parsers disagree about leads
/// nowhere.
fn redirected(from: &Uri, headers: &HeaderMap, rules: UriRules) -> Result<Uri, EgressError> {
    let mut locations = headers.get_all(LOCATION).iter();
    let (Some(location), None) = (locations.next(), locations.next()) else {
        return Err(EgressError::Redirect("without saying where to"));
    };
    let location = location.to_str().map_err(|_| EgressError::Redirect("to no address"))?;
    if location.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(EgressError::Redirect("to no address"));
    }
    // An absolute address is kept as it is written, so that it is judged as it is written.
    let absolute = match Url::parse(location) {
        Ok(_) => location.to_owned(),
        Err(_) => from.to_url().join(location).map_err(|_| EgressError::Redirect("to no address"))?.into(),
    };
    let to = Uri::parse(&absolute, rules)?.document();
    if from.as_str().starts_with("https:") && !to.as_str().starts_with("https:") {
        return Err(EgressError::Redirect("from https to http"));
    }
    Ok(to)
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if value.len() > RETRY_AFTER_BYTES_MAX {
        return None;
    }
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = DateTimeParser::new().parse_timestamp(value).ok()?;
            u64::try_from(at.as_second().saturating_sub(now.as_second())).ok()?
        }
    };
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_SECONDS_MAX)))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn to(from: &str, location: &'static str, rules: UriRules) -> Result<String, EgressError> {
        let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_static(location))]);
        redirected(&Uri::parse(from, rules).unwrap(), &headers, rules).map(|uri| uri.to_string())
    }

    #[test]
    fn redirects_lead_to_acceptable_addresses_only() {
        let from = |location| to("https://a.example/b/c?d", location, UriRules::Public);
        assert_eq!(from("/x#y").as_deref(), Ok("https://a.example/x"));
        assert_eq!(from("x").as_deref(), Ok("https://a.example/b/x"));
        assert_eq!(from("//b.example/x").as_deref(), Ok("https://b.example/x"));
        assert_eq!(from("https://B.example").as_deref(), Ok("https://b.example"));
        for refused in [
            "http://b.example/",
            "file:///etc/passwd",
            "gopher://b.example/",
            "data:text/plain,x",
            "javascript:alert(1)",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://[::ffff:127.0.0.1]/",
            "https://user@b.example/",
            "https://b.example\\@a.example/",
            "\\\\b.example/",
            "https://localhost/",
            "//2130706433/",
            " /x",
        ] {
            assert!(from(refused).is_err_and(|error| error.is_final()), "{refused}");
        }
        let loopback = |location| to("https://a.localhost/", location, UriRules::AlsoLoopback);
        assert_eq!(loopback("http://a.localhost/x"), Err(EgressError::Redirect("from https to http")));
        assert_eq!(to("http://a.localhost/", "https://a.localhost/", UriRules::AlsoLoopback).unwrap().len(), 20);
    }

    #[test]
    fn a_server_may_ask_to_be_left_alone_for_a_day() {
        let now = Timestamp::from_second(784_111_777).unwrap();
        let after = |value: &'static str| {
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]), now)
        };
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("99999999999999"), Some(Duration::from_secs(86_400)));
        assert_eq!(after("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        for nothing in ["", "soon", "-1", "Sun, 06 Nov 1994 08:00:00 GMT", "99999999999999999999999999"] {
            assert_eq!(after(nothing), None, "{nothing}");
        }
    }
}
