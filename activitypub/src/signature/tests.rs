//! Signed requests, right ones and such as somebody changed on the way.
//!
//! What holds for both schemes is here; what is said in the words of one is in its own file. Those sign by hand, over a
//! text that stands in the test, so that no mistake of the signing half hides one of the verifying half.

mod cavage;
mod rfc9421;

use proptest::prelude::*;
use url::Url;

use super::*;
use crate::digest::BodyDigest;
use crate::key::{KeyError, RsaSigner, Signer};
use crate::test_keys::{ALICE_PRIVATE_PEM, ALICE_PUBLIC_PEM};

const KEY_ID: &str = "https://there.example/users/alice#main-key";
const INBOX: &str = "https://here.example/inbox";
const BODY: &[u8] = br#"{"type":"Follow"}"#;

/// Sunday, 15 November 2026, 08:00:00 GMT.
fn now() -> Timestamp {
    Timestamp::from_second(1_794_729_600).unwrap()
}

fn alice() -> PublicKey {
    PublicKey::from_pem(ALICE_PUBLIC_PEM).unwrap()
}

fn signer() -> RsaSigner {
    RsaSigner::from_pkcs8_pem(ALICE_PRIVATE_PEM).unwrap()
}

/// A request that a test can change before it is read.
#[derive(Clone)]
struct Message {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    fn read_at(&self, now: Timestamp) -> Result<Claim, SignatureError> {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        read(&Request { method: self.method, target: &self.target, headers: &headers, body: &self.body }, now)
    }

    fn verdict(&self) -> Result<(), SignatureError> {
        self.read_at(now())?.verify(&alice())
    }

    fn add(mut self, name: &str, value: &str) -> Message {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Message {
        let before = self.headers.len();
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        assert!(self.headers.len() < before, "{name} was never there");
        self
    }

    /// The header with another value.
    fn with(self, name: &str, value: &str) -> Message {
        self.without(name).add(name, value)
    }

    /// The header with `from` replaced in its value.
    fn with_part(self, name: &str, from: &str, to: &str) -> Message {
        let value = self.value(name).to_owned();
        assert!(value.contains(from), "{from} is not in {value}");
        self.with(name, &value.replace(from, to))
    }

    fn value(&self, name: &str) -> &str {
        &self.headers.iter().find(|(known, _)| known == name).unwrap().1
    }
}

type Sign = fn(&Outgoing<'_>, &dyn Signer) -> Result<Vec<(&'static str, String)>, KeyError>;
const SCHEMES: [(Scheme, Sign); 2] = [(Scheme::Cavage, super::cavage::sign), (Scheme::Rfc9421, super::rfc9421::sign)];

fn signed(sign: Sign, method: &'static str, target: &str, body: &[u8]) -> Message {
    let digest = BodyDigest::of(body);
    let outgoing = Outgoing {
        method,
        url: &Url::parse(target).unwrap(),
        headers: &[("Content-Type", "application/activity+json")],
        digest: (!body.is_empty()).then_some(&digest),
        key_id: KEY_ID,
        now: now(),
    };
    let own = sign(&outgoing, &signer()).unwrap();
    let sent = [("Host", outgoing.host()), ("Content-Type", "application/activity+json".to_owned())];
    Message {
        method,
        target: target.to_owned(),
        headers: sent.into_iter().chain(own).map(|(name, value)| (name.to_owned(), value)).collect(),
        body: body.to_vec(),
    }
}

fn shifted(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + seconds).unwrap()
}

#[test]
fn what_is_signed_here_verifies_here() {
    for (scheme, sign) in SCHEMES {
        for (method, target, body) in [
            ("POST", INBOX, BODY),
            ("GET", "https://here.example/users/bob", b"".as_slice()),
            ("GET", "https://here.example/users/bob?page=true&max_id=1", b""),
            ("POST", "https://here.example:8443/inbox", BODY),
            ("GET", "https://here.example/", b""),
        ] {
            let claim = signed(sign, method, target, body).read_at(now()).unwrap();
            assert_eq!((claim.key_id.as_str(), claim.scheme), (KEY_ID, scheme));
            assert_eq!(claim.verify(&alice()), Ok(()), "{scheme:?} {method} {target}");
        }
    }
}

#[test]
fn names_of_headers_may_come_in_any_case() {
    for (_, sign) in SCHEMES {
        let mut message = signed(sign, "POST", INBOX, BODY);
        message.headers.iter_mut().for_each(|(name, _)| *name = name.to_ascii_uppercase());
        assert_eq!(message.verdict(), Ok(()));
    }
}

#[test]
fn a_request_changed_on_the_way_is_refused() {
    use SignatureError::{WrongDigest, WrongHost, WrongSignature};
    for (scheme, sign) in SCHEMES {
        let sent = signed(sign, "POST", INBOX, BODY);
        let elsewhere = |target: &str| Message { target: target.to_owned(), ..sent.clone() };
        assert_eq!(elsewhere("https://here.example/users/bob/inbox").verdict(), Err(WrongSignature), "{scheme:?}");
        assert_eq!(elsewhere("https://here.example/inbox?x").verdict().is_ok(), scheme == Scheme::Cavage);
        assert_eq!(Message { method: "PUT", ..sent.clone() }.verdict(), Err(WrongSignature));
        assert_eq!(Message { body: b"{}".to_vec(), ..sent.clone() }.verdict(), Err(WrongDigest));
        assert_eq!(Message { body: Vec::new(), ..sent.clone() }.verdict(), Err(WrongDigest));
        assert_eq!(sent.clone().with("Content-Type", "text/html").verdict(), Err(WrongSignature));
        let host = elsewhere("https://evil.example/inbox").verdict();
        assert_eq!(host, Err(if scheme == Scheme::Cavage { WrongHost } else { WrongSignature }));
    }
}

#[test]
fn another_key_is_no_proof() {
    let other = crate::key::generate_rsa().unwrap();
    let other = PublicKey::from_pem(&other.public_pem).unwrap();
    for (_, sign) in SCHEMES {
        let claim = signed(sign, "POST", INBOX, BODY).read_at(now()).unwrap();
        assert_eq!(claim.verify(&other), Err(SignatureError::WrongSignature));
        let ed25519 = PublicKey::from_multibase("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2").unwrap();
        assert_eq!(claim.verify(&ed25519), Err(SignatureError::AlgorithmUnsupported));
    }
}

#[test]
fn a_signature_is_good_for_a_while() {
    for (scheme, sign) in SCHEMES {
        let message = signed(sign, "POST", INBOX, BODY);
        for seconds in [-3_600, 0, 300, 3_900] {
            assert!(message.read_at(shifted(seconds)).is_ok(), "{scheme:?} {seconds}");
        }
        assert_eq!(message.read_at(shifted(3_901)), Err(SignatureError::Expired));
        assert_eq!(message.read_at(shifted(-3_601)), Err(SignatureError::FromTheFuture));
    }
}

#[test]
fn a_header_that_is_there_twice_is_refused() {
    for (scheme, sign) in SCHEMES {
        let sent = signed(sign, "POST", INBOX, BODY);
        for (name, value) in sent.headers.clone() {
            let verdict = sent.clone().add(&name, &value).verdict();
            match (name.as_str(), scheme) {
                // They are not covered, and nothing was read from them: the target was signed.
                ("Host" | "date", Scheme::Rfc9421) => assert_eq!(verdict, Ok(())),
                // There may be several, and they are signed as one.
                ("Content-Type", _) => assert_eq!(verdict, Err(SignatureError::WrongSignature)),
                _ => assert!(matches!(verdict, Err(SignatureError::Ambiguous(_))), "{name}: {verdict:?}"),
            }
        }
    }
}

#[test]
fn two_schemes_in_one_request_are_refused() {
    let [cavage, rfc9421] = SCHEMES.map(|(_, sign)| signed(sign, "POST", INBOX, BODY));
    // Read as the newer scheme, the older one's signature is none; and nobody falls back.
    let input = rfc9421.value("signature-input").to_owned();
    let mixed = cavage.clone().add("signature-input", &input).add("content-digest", rfc9421.value("content-digest"));
    assert_eq!(mixed.verdict(), Err(SignatureError::Malformed("Signature")));
    let both = cavage.clone().add("signature-input", &input).add("signature", rfc9421.value("signature"));
    assert!(matches!(both.verdict(), Err(SignatureError::Ambiguous(_))));
    let renamed = rfc9421.without("signature-input");
    assert!(matches!(renamed.verdict(), Err(SignatureError::Malformed(_) | SignatureError::Missing)));
}

#[test]
fn no_signature_no_entry() {
    for (_, sign) in SCHEMES {
        let sent = signed(sign, "POST", INBOX, BODY);
        assert_eq!(sent.clone().without("signature").verdict(), Err(SignatureError::Missing));
        assert_eq!(sent.without("content-type").verdict(), Err(SignatureError::HeaderMissing));
    }
    assert_eq!(SignatureError::Missing.status(), 401);
    assert_eq!(SignatureError::Malformed("Signature").status(), 400);
}

proptest! {
    #[test]
    fn any_headers_are_read_or_refused(
        signature in "\\PC{0,80}|(keyId|headers|signature|created|[a-z]{1,3})=\"?[a-z():=, \"]{0,60}",
        input in prop::option::of("\\PC{0,80}|sig1=\\((\"[@a-z-]{1,12}\" ?){0,3}\\)(;[a-z]{1,7}=\"?[a-z0-9]{0,9}\"?){0,4}"),
        date in "\\PC{0,30}",
    ) {
        let mut headers = vec![("host", "here.example"), ("date", date.as_str()), ("signature", signature.as_str())];
        headers.extend(input.as_deref().map(|input| ("signature-input", input)));
        let _ = read(&Request { method: "GET", target: INBOX, headers: &headers, body: b"" }, now());
    }
}
