//! Keys as peers publish them, keys that nobody honest publishes, and what signing costs.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rsa::BigUint;
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use serde_json::json;

use super::*;
use crate::test_keys::{ALICE_PRIVATE_PEM, ALICE_PUBLIC_PEM};

#[test]
fn both_signers_make_the_same_signature_and_it_verifies() {
    let fast = RsaSigner::from_pkcs8_pem(ALICE_PRIVATE_PEM).unwrap();
    let portable = PortableRsaSigner::from_pkcs8_pem(ALICE_PRIVATE_PEM).unwrap();
    let signature = fast.sign(b"message").unwrap();
    assert_eq!(signature, portable.sign(b"message").unwrap());
    let key = PublicKey::from_pem(ALICE_PUBLIC_PEM).unwrap();
    assert!(key.verifies(b"message", &signature));
    assert!(!key.verifies(b"massage", &signature));
    assert!(!key.verifies(b"message", &signature[1..]));
    assert!(!key.verifies(b"message", b""));
}

#[test]
fn a_new_key_reads_as_itself() {
    let key = generate_rsa().unwrap();
    let signer = RsaSigner::from_pkcs8_pem(&key.private_pem).unwrap();
    let public = PublicKey::from_pem(&key.public_pem).unwrap();
    assert!(public.verifies(b"x", &signer.sign(b"x").unwrap()));
    assert_eq!(public.to_pem(), key.public_pem);
}

#[test]
fn one_key_in_all_its_forms() {
    let key = PublicKey::from_pem(ALICE_PUBLIC_PEM).unwrap();
    let portable = rsa_key_of(ALICE_PUBLIC_PEM);
    let pkcs1 = portable.to_pkcs1_pem(LineEnding::CRLF).unwrap();
    let one_line = ALICE_PUBLIC_PEM.replace('\n', "").replace("KEY-----", "KEY-----\n");
    for form in [pkcs1.as_str(), &one_line, &format!("  {ALICE_PUBLIC_PEM}\n\n"), key.to_pem().as_str()] {
        assert_eq!(PublicKey::from_pem(form).as_ref(), Ok(&key), "{form}");
    }
    let parts = pkcs1::RsaPublicKey::from_der(&key.bytes).unwrap();
    let encode = |number: &UintRef<'_>| BASE64_URL.encode(number.as_bytes());
    let jwk = json!({"kty": "RSA", "n": encode(&parts.modulus), "e": encode(&parts.public_exponent)});
    assert_eq!(PublicKey::from_jwk(&jwk), Ok(key));
}

#[test]
fn ed25519_in_all_its_forms() {
    // RFC 8032, section 7.1, test 1, and the same key as did:key writes it.
    let bytes = hex::decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").unwrap();
    let key = PublicKey::from_ed25519(&bytes).unwrap();
    assert_eq!(key.algorithm(), Algorithm::Ed25519);
    let signature = hex::decode(concat!(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b",
        "d25bf5f0595bbe24655141438e7a100b"
    ));
    assert!(key.verifies(b"", &signature.unwrap()));
    assert_eq!(PublicKey::from_pem(&key.to_pem()).as_ref(), Ok(&key));
    assert_eq!(PublicKey::from_jwk(&json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64_URL.encode(&bytes)})), Ok(key));
    let multikey = PublicKey::from_multibase("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2").unwrap();
    assert_eq!(multikey.algorithm(), Algorithm::Ed25519);
}

#[test]
fn sizes_and_exponents_have_bounds() {
    let of = |bits: usize, exponent: u64| {
        let modulus = (BigUint::from(1u8) << (bits - 1)) + BigUint::from(12_345u32);
        PublicKey::from_pem(
            &rsa::RsaPublicKey::new_unchecked(modulus, BigUint::from(exponent))
                .to_public_key_pem(LineEnding::LF)
                .unwrap(),
        )
        .map(|_| ())
    };
    for (bits, exponent) in [(2_048, 65_537), (2_048, 3), (3_072, 65_537), (4_096, 65_537), (8_192, (1 << 33) - 1)] {
        assert_eq!(of(bits, exponent), Ok(()), "{bits} {exponent}");
    }
    for (bits, exponent) in [
        (512, 65_537),
        (1_024, 65_537),
        (2_047, 65_537),
        (8_193, 65_537),
        (16_384, 65_537),
        (2_048, 0),
        (2_048, 1),
        (2_048, 2),
        (2_048, 65_536),
        (2_048, (1 << 33) + 1),
        (2_048, u64::MAX),
    ] {
        assert_eq!(of(bits, exponent), Err(KeyError::OutOfBounds), "{bits} {exponent}");
    }
    let even = rsa::RsaPublicKey::new_unchecked(BigUint::from(1u8) << 2_047, BigUint::from(3u8));
    assert_eq!(PublicKey::from_pem(&even.to_public_key_pem(LineEnding::LF).unwrap()), Err(KeyError::OutOfBounds));
}

#[test]
fn the_largest_key_verifies_in_time() {
    let modulus = (BigUint::from(1u8) << 8_191) + BigUint::from(12_345u32);
    let key = rsa::RsaPublicKey::new_unchecked(modulus, BigUint::from((1u64 << 33) - 1));
    let key = PublicKey::from_pem(&key.to_public_key_pem(LineEnding::LF).unwrap()).unwrap();
    let fastest = (0..5).map(|_| {
        let start = Instant::now();
        assert!(!key.verifies(b"message", &[1; 1_024]));
        start.elapsed()
    });
    assert!(fastest.min().unwrap() < Duration::from_millis(10));
}

#[test]
fn what_is_no_key_is_refused() {
    let wrap = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let body = ALICE_PUBLIC_PEM.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    for (text, why) in [
        (String::new(), KeyError::Malformed),
        ("a".repeat(1_000_000), KeyError::TooLong),
        (wrap("PUBLIC KEY", ""), KeyError::Malformed),
        (wrap("PUBLIC KEY", "AAAA"), KeyError::Malformed),
        (wrap("PUBLIC KEY", "%%%%"), KeyError::Malformed),
        (wrap("PUBLIC KEY", &body[..body.len() - 8]), KeyError::Malformed),
        (wrap("RSA PUBLIC KEY", &body), KeyError::Malformed),
        (wrap("CERTIFICATE", &body), KeyError::Unsupported),
        (ALICE_PRIVATE_PEM.to_owned(), KeyError::Unsupported),
        (ALICE_PUBLIC_PEM.replace("END PUBLIC", "END RSA PUBLIC"), KeyError::Malformed),
        (format!("{ALICE_PUBLIC_PEM}{ALICE_PUBLIC_PEM}"), KeyError::Malformed),
        // An elliptic curve that is not used here.
        (
            wrap(
                "PUBLIC KEY",
                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaA8Fj1Yw5gHJ2mF2dYF7G1K7Qk1yq0sA1c0m7T2pR0hYk3w5n7yqk3o8bq3S0u0mQm1d1w6o9c6H7o1m0kZz9w==",
            ),
            KeyError::Unsupported,
        ),
    ] {
        assert_eq!(PublicKey::from_pem(&text), Err(why), "{}", &text[..text.len().min(60)]);
    }
    for text in ["", "z", "m6Mkr", "z6Mkr", "zzzz", "z0"] {
        assert!(PublicKey::from_multibase(text).is_err());
    }
    for jwk in [
        json!(null),
        json!([]),
        json!({"kty": "EC"}),
        json!({"kty": "RSA"}),
        json!({"kty": "RSA", "n": 1, "e": "AQAB"}),
    ] {
        assert!(PublicKey::from_jwk(&jwk).is_err());
    }
    assert!(RsaSigner::from_pkcs8_pem(ALICE_PUBLIC_PEM).is_err());
    assert!(PortableRsaSigner::from_pkcs8_pem("x").is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = PublicKey::from_spki(&bytes);
        let _ = PublicKey::from_pkcs1(&bytes);
        let _ = PublicKey::from_pem(&String::from_utf8_lossy(&bytes));
        let _ = PublicKey::from_multibase(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_damaged_key_is_read_or_refused(at in 0usize..294, byte in any::<u8>()) {
        let mut der = rsa_spki(&PublicKey::from_pem(ALICE_PUBLIC_PEM).unwrap().bytes);
        if let Some(place) = der.get_mut(at) {
            *place = byte;
        }
        let _ = PublicKey::from_spki(&der);
    }
}

/// Prints what an operation costs; the long variant takes enough of them to be quoted.
#[test]
fn what_signing_costs() {
    let operations = if std::env::var_os("CHRONODON_LONG").is_some() { 2_000 } else { 5 };
    let fast = RsaSigner::from_pkcs8_pem(ALICE_PRIVATE_PEM).unwrap();
    let portable = PortableRsaSigner::from_pkcs8_pem(ALICE_PRIVATE_PEM).unwrap();
    let key = PublicKey::from_pem(ALICE_PUBLIC_PEM).unwrap();
    let portable_key = rsa::pkcs1v15::VerifyingKey::<rsa::sha2::Sha256>::new(rsa_key_of(ALICE_PUBLIC_PEM));
    let signature = fast.sign(b"message").unwrap();
    let portable_signature = rsa::pkcs1v15::Signature::try_from(signature.as_slice()).unwrap();
    let report = |what: &str, operation: &dyn Fn()| {
        let start = Instant::now();
        (0..operations).for_each(|_| operation());
        let each = start.elapsed() / operations;
        println!("{what}: {each:?} each, of {operations}");
    };
    report("sign, aws-lc", &|| assert!(fast.sign(b"message").is_ok()));
    report("sign, rsa crate with blinding", &|| assert!(portable.sign(b"message").is_ok()));
    report("verify, aws-lc", &|| assert!(key.verifies(b"message", &signature)));
    report("verify, rsa crate", &|| {
        use rsa::signature::Verifier;
        assert!(portable_key.verify(b"message", &portable_signature).is_ok());
    });
    report("read a public key", &|| assert!(PublicKey::from_pem(ALICE_PUBLIC_PEM).is_ok()));
}

fn rsa_key_of(pem: &str) -> rsa::RsaPublicKey {
    use rsa::pkcs8::DecodePublicKey;
    rsa::RsaPublicKey::from_public_key_pem(pem).unwrap()
}
