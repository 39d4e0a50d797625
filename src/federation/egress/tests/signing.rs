//! What is signed, in which way, and again after a redirect; deliveries; TLS.

use std::path::Path;

use bytes::Bytes;
use chronodon_activitypub::digest::BodyDigest;
use chronodon_activitypub::key::PublicKey;
use chronodon_activitypub::signature::{self, Request, Scheme};

use super::hostile::{Hostile, ok, redirect, with};
use super::*;
use crate::federation::egress::Answer;

const LOOPBACK: &[&str] = &["127.0.0.0/8"];

/// How a request was signed, if it was signed rightly, with our key and for this address.
fn signed(request: &str, base: &str) -> Option<Scheme> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap().split(' ').collect();
    let headers: Vec<(&str, &str)> = lines.map(|line| line.split_once(": ").unwrap()).collect();
    let target = format!("{base}{}", first[1]);
    let request = Request { method: first[0], target: &target, headers: &headers, body: body.as_bytes() };
    let claim = signature::read(&request, crate::clock::now()).ok()?;
    assert_eq!(claim.key_id, KEY.key_id);
    claim.verify(&PublicKey::from_pem(&KEY.public_pem).unwrap()).ok().map(|()| claim.scheme)
}

#[tokio::test]
async fn each_step_is_signed_for_where_it_goes() {
    let second = Hostile::start(|_| ok(ACTIVITY, "{}")).await;
    let to = second.url("/b?c=d");
    let first = Hostile::start(move |_| redirect(&to)).await;
    egress(LOOPBACK).get_document(&uri(&first.url("/a?x")), Some(&KEY)).await.unwrap();
    for server in [&first, &second] {
        assert_eq!(signed(&server.requests()[0], &server.url("")), Some(Scheme::Cavage));
    }
    egress(LOOPBACK).get_document(&uri(&second.url("/b")), None).await.unwrap();
    assert!(!second.requests()[1].contains("signature"));
}

#[tokio::test]
async fn a_signature_that_is_not_understood_is_made_the_other_way_and_that_is_remembered() {
    let server = Hostile::start(|request| match request.contains("signature-input: ") {
        true => ok(ACTIVITY, "{}"),
        false => with(401, "", b"who?"),
    })
    .await;
    let egress = egress(LOOPBACK);
    for _ in 0..2 {
        egress.get_document(&uri(&server.url("/a")), Some(&KEY)).await.unwrap();
    }
    let schemes: Vec<_> = server.requests().iter().map(|request| signed(request, &server.url(""))).collect();
    assert_eq!(schemes, [Some(Scheme::Cavage), Some(Scheme::Rfc9421), Some(Scheme::Rfc9421)]);
    let stubborn = Hostile::start(|_| with(401, "", b"")).await;
    let refused = egress.get_document(&uri(&stubborn.url("/")), Some(&KEY)).await;
    assert_eq!(refused, Err(EgressError::Status(401)));
    assert_eq!(stubborn.requests().len(), 2);
}

#[tokio::test]
async fn deliveries_are_signed_and_go_nowhere_else() {
    let trap = Hostile::trap("127.0.0.1:0").await;
    let to = trap.url("/inbox");
    let server = Hostile::start(move |request| match request.split(' ').nth(1).unwrap() {
        "/moved" => with(307, &format!("location: {to}\r\n"), b""),
        "/busy" => with(503, "retry-after: 90\r\n", b"later"),
        _ => with(202, "", &[b'x'; 1_000]),
    })
    .await;
    let (egress, body) = (egress(LOOPBACK), Bytes::from_static(b"{\"type\":\"Create\"}"));
    let digest = BodyDigest::of(&body);
    let extra = [("collection-synchronization", "collectionId=\"x\"")];
    let post = async |path: &str, scheme| {
        egress.post(&uri(&server.url(path)), body.clone(), &digest, &KEY, scheme, &extra).await.unwrap()
    };
    for scheme in [Scheme::Cavage, Scheme::Rfc9421] {
        assert!(post("/inbox?a=b", scheme).await.is_success());
    }
    let requests = server.requests();
    assert_eq!(signed(&requests[0], &server.url("")), Some(Scheme::Cavage));
    assert_eq!(signed(&requests[1], &server.url("")), Some(Scheme::Rfc9421));
    for request in &requests {
        assert!(request.contains("content-type: application/activity+json\r\n"), "{request}");
        assert_eq!(signed(&request.replace("collectionId=\"x\"", "collectionId=\"y\""), &server.url("")), None);
    }
    assert_eq!(server.connections(), 1, "the answers were read, so that the connection was used again");
    let busy = post("/busy", Scheme::Cavage).await;
    assert_eq!(busy, Answer { status: 503, retry_after: Some(Duration::from_secs(90)) });
    assert_eq!(post("/moved", Scheme::Cavage).await.status, 307);
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn what_may_have_arrived_is_told_from_what_was_never_sent() {
    let (egress, body) = (egress(LOOPBACK), Bytes::from_static(b"{}"));
    let digest = BodyDigest::of(&body);
    let post = async |url: String| egress.post(&uri(&url), body.clone(), &digest, &KEY, Scheme::Cavage, &[]).await;
    let server = Hostile::start(|_| vec![hostile::Step::Hang]).await;
    assert!(post(server.url("/")).await.unwrap_err().may_have_arrived());
    let nobody = server.url("/");
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = post(nobody).await.unwrap_err();
    assert!(matches!(error, EgressError::Unreachable(_)) && !error.may_have_arrived(), "{error}");
}

#[tokio::test]
async fn certificates_are_those_of_the_named_root_or_none() {
    let server = Hostile::start_tls(|request| match request.split(' ').nth(1).unwrap() {
        "/down" => redirect("http://peer.localhost:1/"),
        _ => ok(ACTIVITY, "{}"),
    })
    .await;
    let port = server.address.port();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/federation/egress/fixtures/root.pem");
    let with_root = egress_with(LOOPBACK, resolve::system(), |config| config.federation.ca_file = Some(root));
    let url = format!("https://peer.localhost:{port}/");
    assert_eq!(document(&with_root, &url).await.unwrap().url.as_str(), url);
    let down = document(&with_root, &format!("{url}down")).await;
    assert_eq!(down, Err(EgressError::Redirect("from https to http")));
    let another = document(&with_root, &format!("https://stranger.localhost:{port}/")).await;
    assert!(matches!(another, Err(EgressError::Unreachable(_))), "a certificate for another name: {another:?}");
    let heard = server.requests().len();
    let without = document(&egress(LOOPBACK), &url).await;
    assert!(matches!(without, Err(EgressError::Unreachable(_))), "{without:?}");
    assert_eq!(server.requests().len(), heard);
}
