//! draft-cavage: what its header may say, signed by hand.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::*;

const DATE: &str = "Sun, 15 Nov 2026 08:00:00 GMT";
const DIGEST_OF_NOTHING: &str = "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// A GET of `/users/bob` or what `target` says, whose header has `parameters` and the signature of `base`.
fn by_hand(target: &str, parameters: &str, base: &str) -> Message {
    let signature = BASE64.encode(signer().sign(base.as_bytes()).unwrap());
    let message = Message { method: "GET", target: target.to_owned(), headers: Vec::new(), body: Vec::new() };
    let header = format!(r#"keyId="{KEY_ID}",{parameters},signature="{signature}""#);
    message.add("Host", "here.example").add("Date", DATE).add("Signature", &header)
}

const BOB: &str = "https://here.example/users/bob";
const COVERED: &str = r#"headers="(request-target) host date""#;

fn base_of(path: &str) -> String {
    format!("(request-target): get {path}\nhost: here.example\ndate: {DATE}")
}

#[test]
fn a_signature_made_by_hand() {
    let base = base_of("/users/bob");
    for algorithm in ["", r#"algorithm="rsa-sha256","#, r#"algorithm="hs2019","#] {
        assert_eq!(by_hand(BOB, &format!("{algorithm}{COVERED}"), &base).verdict(), Ok(()), "{algorithm}");
    }
    let spaced = r#"algorithm="hs2019" , headers="(Request-Target)  Host date""#;
    assert_eq!(by_hand(BOB, spaced, &base).verdict(), Ok(()));
    for algorithm in ["rsa-sha512", "hmac-sha256", "ed25519", ""] {
        let message = by_hand(BOB, &format!(r#"algorithm="{algorithm}",{COVERED}"#), &base);
        assert_eq!(message.verdict(), Err(SignatureError::AlgorithmUnsupported), "{algorithm}");
    }
}

#[test]
fn the_query_may_be_signed_or_left_out() {
    let page = "https://here.example/users/bob?page=true";
    assert_eq!(by_hand(page, COVERED, &base_of("/users/bob?page=true")).verdict(), Ok(()));
    assert_eq!(by_hand(page, COVERED, &base_of("/users/bob")).verdict(), Ok(()));
    let other = by_hand(page, COVERED, &base_of("/users/bob?page=false"));
    assert_eq!(other.verdict(), Err(SignatureError::WrongSignature));
    let added = by_hand(BOB, COVERED, &base_of("/users/bob?page=true"));
    assert_eq!(added.verdict(), Err(SignatureError::WrongSignature));
}

#[test]
fn what_must_be_covered() {
    let uncovered = |headers: &str| by_hand(BOB, &format!(r#"headers="{headers}""#), "").verdict();
    assert_eq!(uncovered("host date"), Err(SignatureError::NotCovered("(request-target)")));
    assert_eq!(uncovered("(request-target) date"), Err(SignatureError::NotCovered("host")));
    assert_eq!(uncovered("(request-target) host"), Err(SignatureError::NotCovered("a date")));
    assert_eq!(uncovered(""), Err(SignatureError::NotCovered("(request-target)")));
    let silent = by_hand(BOB, r#"algorithm="hs2019""#, &format!("date: {DATE}")).verdict();
    assert_eq!(silent, Err(SignatureError::NotCovered("(request-target)")), "the default is the date alone");
    let with_body = Message { body: BODY.to_vec(), ..by_hand(BOB, COVERED, &base_of("/users/bob")) };
    assert_eq!(with_body.verdict(), Err(SignatureError::NotCovered("digest")));
    let post = Message { method: "POST", ..by_hand(BOB, COVERED, &base_of("/users/bob")) };
    assert_eq!(post.verdict(), Err(SignatureError::NotCovered("digest")), "also of nothing");
}

#[test]
fn a_covered_header_must_be_there_and_a_digest_right() {
    let covered = r#"headers="(request-target) host date digest""#;
    let base = format!("{}\ndigest: {DIGEST_OF_NOTHING}", base_of("/users/bob"));
    let message = by_hand(BOB, covered, &base);
    assert_eq!(message.clone().verdict(), Err(SignatureError::HeaderMissing));
    assert_eq!(message.clone().add("Digest", DIGEST_OF_NOTHING).verdict(), Ok(()));
    assert_eq!(message.clone().add("Digest", "SHA-512=AAAA").verdict(), Err(SignatureError::DigestUnsupported));
    assert_eq!(message.without("Date").verdict(), Err(SignatureError::HeaderMissing));
}

#[test]
fn the_host_is_ours() {
    let message = by_hand(BOB, COVERED, &base_of("/users/bob"));
    assert_eq!(message.clone().with("Host", "evil.example").verdict(), Err(SignatureError::WrongHost));
    assert_eq!(message.clone().with("Host", "here.example:8443").verdict(), Err(SignatureError::WrongHost));
    assert_eq!(message.clone().without("Host").verdict(), Err(SignatureError::HeaderMissing));
    let with_port = base_of("/users/bob").replace("here.example", "Here.example:443");
    assert_eq!(by_hand(BOB, COVERED, &with_port).with("Host", "Here.example:443").verdict(), Ok(()));
}

#[test]
fn created_and_expires() {
    let seconds = now().as_second();
    let made = |created: i64, expires: i64, algorithm: &str| {
        let parameters = format!(
            r#"algorithm="{algorithm}",created={created},expires={expires},headers="(request-target) (created) (expires) host""#
        );
        let base =
            format!("(request-target): get /users/bob\n(created): {created}\n(expires): {expires}\nhost: here.example");
        by_hand(BOB, &parameters, &base).verdict()
    };
    assert_eq!(made(seconds, seconds + 60, "hs2019"), Ok(()));
    assert_eq!(made(seconds - 7_200, seconds - 3_000, "hs2019"), Ok(()), "the skew");
    assert_eq!(made(seconds - 7_200, seconds - 3_601, "hs2019"), Err(SignatureError::Expired));
    assert_eq!(made(seconds + 3_601, seconds + 7_200, "hs2019"), Err(SignatureError::FromTheFuture));
    assert_eq!(made(seconds, seconds + 60, "rsa-sha256"), Err(SignatureError::AlgorithmUnsupported));
    // A time that is not signed changes nothing.
    let unsigned = format!("expires={},{COVERED}", seconds + 100_000);
    assert_eq!(by_hand(BOB, &unsigned, &base_of("/users/bob")).read_at(shifted(3_901)), Err(SignatureError::Expired));
    let nothing = r#"headers="(request-target) (created) host""#;
    assert_eq!(by_hand(BOB, nothing, "").verdict(), Err(SignatureError::HeaderMissing));
    let words = r#"created="now",headers="(request-target) (created) host""#;
    assert_eq!(by_hand(BOB, words, "").verdict(), Err(SignatureError::Malformed("Signature")));
}

#[test]
fn a_parameter_or_name_that_is_there_twice_is_refused() {
    let base = base_of("/users/bob");
    for twice in [
        format!(r#"keyId="https://evil.example/key",{COVERED}"#),
        format!(r#"KEYID="https://evil.example/key",{COVERED}"#),
        format!("{COVERED},{COVERED}"),
        r#"headers="(request-target) host date host""#.to_owned(),
        r#"headers="(request-target) host date HOST""#.to_owned(),
    ] {
        assert!(matches!(by_hand(BOB, &twice, &base).verdict(), Err(SignatureError::Ambiguous(_))), "{twice}");
    }
}

#[test]
fn a_header_that_is_no_signature_is_refused() {
    let sent = by_hand(BOB, COVERED, &base_of("/users/bob"));
    let malformed = Err(SignatureError::Malformed("Signature"));
    for header in
        ["", "x", "=", "a=b", r#"keyId="#, r#"keyId="x"#, r#"keyId="x""y""#, r#"keyId="x","#, r#"keyId="\"",a=b"#]
    {
        assert_eq!(sent.clone().with("Signature", header).verdict(), malformed, "{header}");
    }
    assert_eq!(sent.clone().with_part("Signature", KEY_ID, "").verdict(), malformed);
    assert_eq!(sent.clone().with_part("Signature", "=\"", "=\"!").verdict(), malformed, "no base64");
    assert_eq!(sent.clone().with("Signature", r#"keyId="x""#).verdict(), Err(SignatureError::Missing));
    let too_large = Err(SignatureError::TooLarge);
    assert_eq!(sent.clone().with("Signature", &"a".repeat(8_193)).verdict(), too_large);
    assert_eq!(sent.clone().with_part("Signature", KEY_ID, &"a".repeat(2_049)).verdict(), too_large);
    let many: Vec<String> = (0..33).map(|n| format!("x{n}")).collect();
    assert_eq!(by_hand(BOB, &format!(r#"headers="{}""#, many.join(" ")), "").verdict(), too_large);
    let many: Vec<String> = (0..17).map(|n| format!("x{n}=1")).collect();
    assert_eq!(by_hand(BOB, &many.join(","), "").verdict(), too_large);
}
