//! Answers that are too much, too slow, of the wrong kind, or never come.

use std::io::Write;
use std::time::Instant;

use super::hostile::{Hostile, Step, ok, redirect, then, with};
use super::*;

const LOOPBACK: &[&str] = &["127.0.0.0/8"];

async fn fetched(steps: Vec<Step>) -> Result<Fetched, EgressError> {
    let server = Hostile::start(move |_| steps.clone()).await;
    document(&egress(LOOPBACK), &server.url("/")).await
}

#[tokio::test]
async fn what_is_right_comes_with_its_address() {
    let server = Hostile::start(|request| match request.split(' ').nth(1) {
        Some("/a") => redirect("/b?c"),
        _ => ok(ACTIVITY, "{\"id\":1}"),
    })
    .await;
    let found = document(&egress(LOOPBACK), &server.url("/a#main-key")).await.unwrap();
    assert_eq!((found.url.as_str(), &*found.text()), (&*server.url("/b?c"), "{\"id\":1}"));
    let request = &server.requests()[1];
    assert!(request.starts_with("GET /b?c HTTP/1.1\r\n"), "{request}");
    for header in [
        format!("host: {}\r\n", server.address),
        "accept: application/activity+json, application/ld+json; profile=".to_owned(),
        format!("user-agent: Chronodon/{} (+http://localhost:3000/)\r\n", env!("CARGO_PKG_VERSION")),
        "accept-encoding: gzip\r\n".to_owned(),
    ] {
        assert!(request.contains(&header), "{header} is missing: {request}");
    }
    assert!(!request.to_lowercase().contains("cookie:") && !request.to_lowercase().contains("referer:"));
}

#[tokio::test]
async fn a_drip_is_cut() {
    let drip = vec![Step::Send(b"{".to_vec()), Step::Pause(Duration::from_millis(100))];
    let begun = Instant::now();
    assert_eq!(fetched(then(vec![drip; 1_000].concat())).await, Err(EgressError::TooSlow));
    assert!(begun.elapsed() < Duration::from_secs(2), "cut by its pace, long before the deadline");
    assert_eq!(fetched(then(vec![Step::Send(b"{".to_vec()), Step::Hang])).await, Err(EgressError::TooSlow));
    assert_eq!(fetched(vec![Step::Hang]).await, Err(EgressError::TooSlow));
    let head = vec![Step::Send(b"HTTP/1.1 200 X\r\n".to_vec()), Step::Hang];
    assert_eq!(fetched(head).await, Err(EgressError::TooSlow));
}

#[tokio::test]
async fn what_is_quick_enough_piece_by_piece_still_ends() {
    let pieces = vec![Step::Send(vec![b' '; 400]), Step::Pause(Duration::from_millis(50))];
    let begun = Instant::now();
    assert_eq!(fetched(then(vec![pieces; 10_000].concat())).await, Err(EgressError::TooSlow));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    assert_eq!(fetched(then(vec![Step::Endless(vec![b' '; 65_536])])).await, Err(EgressError::TooLarge));
    let announced = b"HTTP/1.1 200 X\r\ncontent-type: application/activity+json\r\ncontent-length: 9999999999\r\n\r\n";
    assert_eq!(fetched(vec![Step::Send(announced.to_vec()), Step::Hang]).await, Err(EgressError::TooLarge));
    let server = Hostile::start(|_| then(vec![Step::Endless(vec![b' '; 1_024])])).await;
    let mut file = Vec::new();
    let result = egress(LOOPBACK).get_file(&uri(&server.url("/")), 100_000, &mut file).await;
    assert_eq!(result, Err(EgressError::TooLarge));
    assert!(file.len() <= 100_000);
    let head = [b"HTTP/1.1 200 X\r\n".to_vec(), b"a: b\r\n".repeat(1_000_000)].concat();
    assert!(matches!(fetched(vec![Step::Send(head)]).await, Err(EgressError::Interrupted(_))));
}

#[tokio::test]
async fn a_bomb_is_counted_after_decompression() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        bomb.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 128 * 1024);
    let headers = "content-type: application/activity+json\r\ncontent-encoding: gzip\r\n";
    assert_eq!(fetched(with(200, headers, &bomb)).await, Err(EgressError::TooLarge));
    let mut small = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    small.write_all(b"{}").unwrap();
    assert_eq!(fetched(with(200, headers, &small.finish().unwrap())).await.unwrap().text(), "{}");
    let unasked = "content-type: application/activity+json\r\ncontent-encoding: br\r\n";
    assert_eq!(fetched(with(200, unasked, b"x")).await, Err(EgressError::WrongType));
}

#[tokio::test]
async fn redirects_end() {
    let egress = egress(LOOPBACK);
    let server = Hostile::start(|request| match request.split(' ').nth(1).unwrap() {
        "/self" => redirect("/self"),
        "/there" => redirect("/back"),
        "/back" => redirect("/there#x"),
        "/3" => redirect("/2"),
        "/2" => redirect("/1"),
        "/1" => redirect("/0"),
        "/0" => ok(ACTIVITY, "{}"),
        "/nowhere" => with(302, "", b""),
        "/two" => with(302, "location: /0\r\nlocation: /1\r\n", b""),
        more => redirect(&format!("{more}x")),
    })
    .await;
    for path in ["/self", "/there", "/endless", "/nowhere", "/two"] {
        let error = document(&egress, &server.url(path)).await.unwrap_err();
        assert!(matches!(error, EgressError::Redirect(_)) && error.is_final(), "{path}: {error}");
    }
    assert!(server.requests().len() < 12, "{:?}", server.requests());
    assert!(document(&egress, &server.url("/3")).await.is_ok(), "three are followed");
}

#[tokio::test]
async fn another_type_and_another_status() {
    for given in ["text/html", "application/json", "application/octet-stream", "image/png", "application/ld+json"] {
        assert_eq!(fetched(ok(given, "{}")).await, Err(EgressError::WrongType), "{given}");
    }
    assert_eq!(fetched(with(200, "", b"{}")).await, Err(EgressError::WrongType));
    for (status, is_final, gone) in
        [(404, true, true), (410, true, true), (403, true, false), (429, false, false), (500, false, false)]
    {
        let error = fetched(with(status, "", b"")).await.unwrap_err();
        assert_eq!(error, EgressError::Status(status));
        assert_eq!((error.is_final(), error.is_gone()), (is_final, gone), "{status}");
    }
    assert!(matches!(
        fetched(vec![Step::Send(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec())]).await,
        Err(EgressError::Interrupted(_))
    ));
}

#[tokio::test]
async fn a_file_is_written_as_it_comes() {
    let server = Hostile::start(|_| with(200, "content-type: Image/PNG; x=y\r\n", &[7; 5_000])).await;
    let (egress, mut file) = (egress(LOOPBACK), Vec::new());
    let found = egress.get_file(&uri(&server.url("/")), 5_000, &mut file).await.unwrap();
    assert_eq!((found.media_type.as_deref(), found.bytes, file.len()), (Some("image/png"), 5_000, 5_000));
    let smaller = egress.get_file(&uri(&server.url("/")), 4_999, &mut Vec::new()).await;
    assert_eq!(smaller, Err(EgressError::TooLarge));
}
