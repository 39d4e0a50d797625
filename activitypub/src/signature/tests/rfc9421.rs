//! RFC 9421: what its two headers may say, signed by hand.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::*;
use crate::key::Algorithm;

const TARGET: &str = r#""@target-uri": https://here.example/users/bob?page=true"#;

struct Ed25519(Ed25519KeyPair);

impl Ed25519 {
    fn new() -> Ed25519 {
        Ed25519(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_ed25519(self.0.public_key().as_ref()).unwrap()
    }
}

impl Signer for Ed25519 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Ed25519
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

/// A GET with this `Signature-Input`, and the signature by `signer` of these lines and the parameters in it.
fn by_hand_of(signer: &dyn Signer, lines: &[&str], input: &str) -> Message {
    let parameters = input.split_once('=').map_or("", |(_, parameters)| parameters);
    let base = format!("{}\n\"@signature-params\": {parameters}", lines.join("\n"));
    let signature = format!("sig1=:{}:", BASE64.encode(signer.sign(base.as_bytes()).unwrap()));
    let target = "https://here.example/users/bob?page=true".to_owned();
    Message { method: "GET", target, headers: Vec::new(), body: Vec::new() }
        .add("Host", "here.example")
        .add("Signature-Input", input)
        .add("Signature", &signature)
}

fn by_hand(lines: &[&str], input: &str) -> Message {
    by_hand_of(&signer(), lines, input)
}

fn input_of(components: &str, rest: &str) -> String {
    format!(r#"sig1=({components});created={};keyid="{KEY_ID}"{rest}"#, now().as_second())
}

fn usual() -> Message {
    by_hand(&[r#""@method": GET"#, TARGET], &input_of(r#""@method" "@target-uri""#, ""))
}

#[test]
fn a_signature_made_by_hand() {
    assert_eq!(usual().verdict(), Ok(()));
    let target = "https://here.example/users/bob".to_owned();
    let without_query = Message { target, ..usual() };
    assert_eq!(without_query.verdict(), Err(SignatureError::WrongSignature), "the query belongs to the target");
    let every = by_hand(
        &[
            r#""@method": GET"#,
            TARGET,
            r#""@authority": here.example"#,
            r#""@scheme": https"#,
            r#""@request-target": /users/bob?page=true"#,
            r#""@path": /users/bob"#,
            r#""@query": ?page=true"#,
            r#""host": here.example"#,
        ],
        &input_of(
            r#""@method" "@target-uri" "@authority" "@scheme" "@request-target" "@path" "@query" "host""#,
            r#";alg="rsa-v1_5-sha256";tag="x";nonce="y""#,
        ),
    );
    assert_eq!(every.verdict(), Ok(()));
    assert_eq!(every.with("Host", "evil.example").verdict(), Err(SignatureError::WrongHost));
}

#[test]
fn ed25519() {
    let signer = Ed25519::new();
    let lines = [r#""@method": GET"#, TARGET];
    for algorithm in ["", r#";alg="ed25519""#] {
        let message = by_hand_of(&signer, &lines, &input_of(r#""@method" "@target-uri""#, algorithm));
        assert_eq!(message.read_at(now()).unwrap().verify(&signer.public()), Ok(()));
    }
    let named = by_hand_of(&signer, &lines, &input_of(r#""@method" "@target-uri""#, r#";alg="ed25519""#));
    assert_eq!(named.verdict(), Err(SignatureError::AlgorithmUnsupported), "by a key of RSA");
    let unnamed = by_hand_of(&signer, &lines, &input_of(r#""@method" "@target-uri""#, ""));
    assert_eq!(unnamed.verdict(), Err(SignatureError::WrongSignature));
    let url = Url::parse(INBOX).unwrap();
    let digest = BodyDigest::of(BODY);
    let outgoing =
        Outgoing { method: "POST", url: &url, headers: &[], digest: Some(&digest), key_id: KEY_ID, now: now() };
    let headers = super::super::rfc9421::sign(&outgoing, &signer).unwrap();
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let sent = Message { method: "POST", target: INBOX.to_owned(), headers, body: BODY.to_vec() };
    assert_eq!(sent.read_at(now()).unwrap().verify(&signer.public()), Ok(()));
    assert_eq!(super::super::cavage::sign(&outgoing, &signer), Err(KeyError::Unsupported));
}

#[test]
fn what_must_be_covered() {
    let verdict = |input: &str| by_hand(&[], input).verdict();
    let components = |names: &str| verdict(&input_of(names, ""));
    assert_eq!(components(""), Err(SignatureError::NotCovered("@method")));
    assert_eq!(components(r#""@method""#), Err(SignatureError::NotCovered("@target-uri")));
    assert_eq!(components(r#""@method" "@path""#), Err(SignatureError::NotCovered("@target-uri")));
    assert_eq!(components(r#""@method" "@target-uri" "date""#), Err(SignatureError::HeaderMissing));
    let with_body = Message { body: BODY.to_vec(), ..usual() };
    assert_eq!(with_body.verdict(), Err(SignatureError::NotCovered("content-digest")));
    let both = r#"sig1=("@method" "@target-uri")"#;
    assert_eq!(verdict(&format!("{both};created=1")), Err(SignatureError::NotCovered("keyid")));
    assert_eq!(verdict(&format!(r#"{both};keyid="x""#)), Err(SignatureError::NotCovered("created")));
}

#[test]
fn the_digest_is_of_the_body_and_of_sha256() {
    let sent = signed(super::super::rfc9421::sign, "POST", INBOX, BODY);
    let other = BodyDigest::of(b"other").to_content_digest_header();
    assert_eq!(sent.clone().with("content-digest", &other).verdict(), Err(SignatureError::WrongDigest));
    assert_eq!(sent.clone().with("content-digest", "sha-512=:AAAA:").verdict(), Err(SignatureError::DigestUnsupported));
    assert_eq!(sent.without("content-digest").verdict(), Err(SignatureError::HeaderMissing));
}

#[test]
fn created_and_expires() {
    let seconds = now().as_second();
    let made = |created: i64, expires: i64| {
        let input = format!(r#"sig1=("@method" "@target-uri");created={created};expires={expires};keyid="{KEY_ID}""#);
        by_hand(&[r#""@method": GET"#, TARGET], &input).verdict()
    };
    assert_eq!(made(seconds, seconds + 60), Ok(()));
    assert_eq!(made(seconds - 7_200, seconds - 3_601), Err(SignatureError::Expired));
    assert_eq!(made(seconds - 13 * 3_600 - 1, seconds + 60), Err(SignatureError::Expired), "never over twelve hours");
    assert_eq!(made(seconds + 3_601, seconds + 7_200), Err(SignatureError::FromTheFuture));
}

#[test]
fn whatever_is_there_twice_is_refused() {
    let twice = |message: Message| assert!(matches!(message.verdict(), Err(SignatureError::Ambiguous(_))));
    let sent = usual();
    let input = sent.value("Signature-Input").to_owned();
    twice(sent.clone().with("Signature-Input", &format!("{input}, {}", input.replace("sig1", "sig2"))));
    twice(sent.clone().with("Signature", &format!("{}, sig2=:AAAA:", sent.value("Signature"))));
    twice(by_hand(&[], &input_of(r#""@method" "@target-uri" "@method""#, "")));
    // The RFC lets the last of several be read; here there is no last.
    twice(sent.clone().with("Signature-Input", &format!("{input}, {input}")));
    twice(sent.clone().with("Signature", &format!("sig1=:AAAA:, {}", sent.value("Signature"))));
    twice(sent.clone().with_part("Signature-Input", ";keyid", r#";keyid="https://evil.example/key";keyid"#));
    twice(sent.with_part("Signature-Input", ";created", ";created=1;created"));
    // In a text, neither separates anything.
    let quoted = by_hand(&[r#""@method": GET"#, TARGET], &input_of(r#""@method" "@target-uri""#, r#";tag="a;b,\"c""#));
    assert_eq!(quoted.verdict(), Ok(()));
}

#[test]
fn what_is_no_signature_is_refused() {
    let input = |value: &str| usual().with("Signature-Input", value).verdict();
    let malformed = Err(SignatureError::Malformed("Signature-Input"));
    for value in ["x=(", "sig1=1", "sig1", r#"sig1=("a";sf)"#, "sig1=(1)", r#"sig1=("A")"#, "ü"] {
        assert_eq!(input(value), malformed, "{value}");
    }
    assert_eq!(input(""), Err(SignatureError::Missing));
    for value in [r#"created="now";keyid="x""#, "created=1;keyid=1", r#"created=1;keyid="x";alg=1"#] {
        assert_eq!(input(&format!(r#"sig1=("@method" "@target-uri");{value}"#)), malformed, "{value}");
    }
    let unknown = input_of(r#""@method" "@target-uri" "@status""#, "");
    assert_eq!(input(&unknown), malformed);
    assert_eq!(input(&input_of("", r#";alg="hmac-sha256""#)), Err(SignatureError::AlgorithmUnsupported));
    let signature = |value: &str| usual().with("Signature", value).verdict();
    for value in ["sig1=1", "sig1=(:AAAA:)", "sig1=:A", r#"sig1="x""#] {
        assert_eq!(signature(value), Err(SignatureError::Malformed("Signature")), "{value}");
    }
    for value in ["", "sig2=:AAAA:", "sig1=::"] {
        assert_eq!(signature(value), Err(SignatureError::Missing), "{value}");
    }
    assert_eq!(signature("sig1=:AAAA:"), Err(SignatureError::WrongSignature));
}

#[test]
fn everything_has_a_bound() {
    let many = |count: usize| (0..count).map(|n| format!(r#""x{n}""#)).collect::<Vec<String>>().join(" ");
    assert_eq!(by_hand(&[], &input_of(&many(33), "")).verdict(), Err(SignatureError::TooLarge));
    let parameters: String = (0..17).map(|n| format!(";x{n}=1")).collect();
    assert_eq!(by_hand(&[], &input_of("", &parameters)).verdict(), Err(SignatureError::TooLarge));
    assert_eq!(usual().with("Signature-Input", &"a".repeat(8_193)).verdict(), Err(SignatureError::TooLarge));
    assert_eq!(usual().with("Signature", &"a".repeat(8_193)).verdict(), Err(SignatureError::TooLarge));
    let long = usual().with_part("Signature-Input", KEY_ID, &"a".repeat(2_049));
    assert_eq!(long.verdict(), Err(SignatureError::TooLarge));
}
