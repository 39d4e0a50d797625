//! The same parameters four ways, and what a hostile client tries.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use chronodon_domain::limits::BODY_BYTES_MAX;
use serde_json::{Value, json};

use super::{FileLimit, Params, UploadDir};
use crate::api::error::ApiError;

const URLENCODED: &str = "application/x-www-form-urlencoded";

async fn extract(request: Request) -> Result<Params<Value>, ApiError> {
    Params::from_request(request, &()).await
}

async fn query(text: &str) -> Result<Value, ApiError> {
    let request = Request::get(format!("/api/v1/x?{text}")).body(Body::empty()).unwrap();
    Ok(extract(request).await?.value)
}

fn post(content_type: &str, body: impl Into<Body>) -> Request {
    Request::post("/api/v1/x").header("content-type", content_type).body(body.into()).unwrap()
}

async fn form(text: &str) -> Result<Value, ApiError> {
    Ok(extract(post(URLENCODED, text.to_owned())).await?.value)
}

async fn json_body(value: &Value) -> Result<Value, ApiError> {
    Ok(extract(post("Application/JSON; charset=UTF-8", value.to_string())).await?.value)
}

fn multipart_of(pairs: &[(&str, &str)]) -> Request {
    let parts = pairs
        .iter()
        .map(|(name, value)| format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    let body = parts.collect::<String>() + "--XX--\r\n";
    post("Multipart/Form-Data; boundary=XX", body)
}

fn file_part(name: &str, file_name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
         Content-Type: IMAGE/PNG; charset=x\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[tokio::test]
async fn says_the_same_in_every_way() {
    let cases: &[(&[(&str, &str)], Value)] = &[
        (&[("status", "hello & <good> +bye ü")], json!({ "status": "hello & <good> +bye ü" })),
        (&[("a", "1"), ("a", "2")], json!({ "a": "2" })),
        (&[("a[]", "1"), ("a[]", "2")], json!({ "a": ["1", "2"] })),
        (&[("a[b]", "1"), ("a[c]", "2")], json!({ "a": { "b": "1", "c": "2" } })),
        (&[("poll[options][]", "x"), ("poll[options][]", "y")], json!({ "poll": { "options": ["x", "y"] } })),
        (
            &[("a[][id]", "1"), ("a[][x]", "2"), ("a[][id]", "3")],
            json!({ "a": [{ "id": "1", "x": "2" }, { "id": "3" }] }),
        ),
        (&[("a[][b][]", "1"), ("a[][b][]", "2")], json!({ "a": [{ "b": ["1", "2"] }] })),
        (&[("f[7][name]", "n"), ("f[2][name]", "m")], json!({ "f": { "2": { "name": "m" }, "7": { "name": "n" } } })),
        (&[("a[b]", "1"), ("a", "2")], json!({ "a": "2" })),
        (&[("a[b", "1"), ("[x]", "2"), ("c[d]e", "3")], json!({ "a[b": "1", "[x]": "2", "c[d]e": "3" })),
        (&[("empty", ""), ("", "nameless")], json!({ "empty": "" })),
    ];
    for (pairs, expected) in cases {
        assert_eq!(&query(&encoded(pairs)).await.unwrap(), expected, "query of {pairs:?}");
        assert_eq!(&form(&encoded(pairs)).await.unwrap(), expected, "form of {pairs:?}");
        assert_eq!(&extract(multipart_of(pairs)).await.unwrap().value, expected, "multipart of {pairs:?}");
        assert_eq!(&json_body(expected).await.unwrap(), expected, "JSON of {pairs:?}");
    }
}

#[tokio::test]
async fn the_body_wins_over_the_query_key_by_key() {
    let request = Request::post("/x?a=query&b=query").header("content-type", "application/json");
    let params = extract(request.body(Body::from(r#"{"a":"body"}"#)).unwrap()).await.unwrap();
    assert_eq!(params.value, json!({ "a": "body", "b": "query" }));
}

#[tokio::test]
async fn takes_odd_but_lawful_bodies() {
    assert_eq!(form("a&b=").await.unwrap(), json!({ "a": null, "b": "" }));
    assert_eq!(form("&&a=1&").await.unwrap(), json!({ "a": "1" }));
    let untyped = Request::post("/x").body(Body::from("a=1")).unwrap();
    assert_eq!(extract(untyped).await.unwrap().value, json!({ "a": "1" }));
    let delete = Request::delete("/x").header("content-type", "application/json");
    let delete = delete.body(Body::from(r#"{"account_ids":["1"]}"#)).unwrap();
    assert_eq!(extract(delete).await.unwrap().value, json!({ "account_ids": ["1"] }));
    assert_eq!(extract(post("application/json", "")).await.unwrap().value, json!({}));
    assert_eq!(extract(post("application/json", "[1]")).await.unwrap().value, json!({ "_json": [1] }));
    assert_eq!(extract(post("text/html", "<p>")).await.unwrap().value, json!({}));
}

async fn refused(request: Request) -> StatusCode {
    extract(request).await.expect_err("must be refused").status()
}

#[tokio::test]
async fn refuses_what_it_cannot_read() {
    let deep_json = "[".repeat(40) + &"]".repeat(40);
    let bottomless_json = "[".repeat(100_000);
    let deep_name = format!("a{}=1", "[b]".repeat(40));
    let many = "a[]=1&".repeat(100_000);
    let bad: &[(&str, &[u8])] = &[
        (URLENCODED, b"a=%ff"),
        (URLENCODED, b"a=\xff"),
        (URLENCODED, b"a=%4"),
        (URLENCODED, b"a=%zz"),
        (URLENCODED, b"a=%00"),
        (URLENCODED, b"a=1&a[]=2"),
        (URLENCODED, b"a=1&a[b]=2"),
        (URLENCODED, b"a[]=1&a[b]=2"),
        (URLENCODED, b"a[][]=1"),
        (URLENCODED, deep_name.as_bytes()),
        (URLENCODED, many.as_bytes()),
        ("application/json", b"{"),
        ("application/json", b"{\"a\":\"\\u0000\"}"),
        ("application/json", b"{\"a\":\"\xff\"}"),
        ("application/json", deep_json.as_bytes()),
        ("application/json", bottomless_json.as_bytes()),
        ("multipart/form-data; boundary=XX", b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"),
        ("multipart/form-data; boundary=XX", b"no boundary at all"),
    ];
    for (content_type, body) in bad {
        let status = refused(post(content_type, body.to_vec())).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{content_type}: {}", String::from_utf8_lossy(&body[..8]));
    }
}

#[tokio::test]
async fn two_boundaries_are_no_way_in() {
    let body = "--A\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--A--\r\n";
    let request = post("multipart/form-data; boundary=A; boundary=B", body);
    match extract(request).await {
        Ok(params) => assert!(params.value == json!({ "a": "1" }) || params.value == json!({}), "{}", params.value),
        Err(error) => assert_eq!(error.status(), StatusCode::BAD_REQUEST),
    }
}

#[tokio::test]
async fn refuses_what_is_too_large() {
    let long = "a".repeat(BODY_BYTES_MAX + 1);
    assert_eq!(refused(post("application/json", format!("\"{long}\""))).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused(post(URLENCODED, format!("a={long}"))).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused(multipart_of(&[("a", &long)])).await, StatusCode::PAYLOAD_TOO_LARGE);
    let halves = &long[..BODY_BYTES_MAX / 2 + 1];
    assert_eq!(refused(multipart_of(&[("a", halves), ("b", halves)])).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn streams_files_beside_text_fields() {
    let body = [
        file_part("avatar", "../../me.png", b"\x89PNG\n\r\n--XYnot the end"),
        file_part("header", "", b""),
        b"--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--XX--\r\n".to_vec(),
    ]
    .concat();
    let mut params = extract(post("multipart/form-data; boundary=XX", body)).await.unwrap();
    assert_eq!(params.value, json!({ "note": "hi" }));
    assert!(params.files.get("header").is_none(), "an empty file input is no file");
    let avatar = params.files.take("avatar").unwrap();
    assert_eq!(avatar.bytes().await.unwrap(), b"\x89PNG\n\r\n--XYnot the end");
    assert_eq!((avatar.size, avatar.content_type.as_deref()), (22, Some("image/png")));
    let path = avatar.path().to_owned();
    drop(avatar);
    assert!(!path.exists(), "the temporary file goes with the upload");
}

#[tokio::test]
async fn writes_uploads_where_it_is_told() {
    let (dir, body) = (tempfile::tempdir().unwrap(), [file_part("file", "a", b"1"), b"--XX--".to_vec()].concat());
    let mut request = post("multipart/form-data; boundary=XX", body);
    request.extensions_mut().insert(UploadDir(dir.path().into()));
    let mut params = extract(request).await.unwrap();
    let kept = params.files.take("file").unwrap().keep().unwrap();
    assert_eq!((kept.parent(), std::fs::read(&kept).unwrap()), (Some(dir.path()), b"1".to_vec()));
}

#[tokio::test]
async fn holds_files_to_the_limit_of_the_route() {
    let body = |size: usize| [file_part("file", "a.png", &vec![7; size]), b"--XX--\r\n".to_vec()].concat();
    let with_limit = |size| {
        let mut request = post("multipart/form-data; boundary=XX", body(size));
        request.extensions_mut().insert(FileLimit { bytes: 1000 });
        request
    };
    assert!(extract(with_limit(1000)).await.is_ok());
    assert_eq!(refused(with_limit(1001)).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn does_not_hoard_a_part_that_never_begins() {
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(axum::body::Bytes::from(vec![b'a'; 8192])));
    let endless = futures::StreamExt::take(endless, 100_000);
    let request = post("multipart/form-data; boundary=XX", Body::from_stream(endless));
    assert_eq!(refused(request).await, StatusCode::BAD_REQUEST);
}

#[derive(Debug, serde::Deserialize)]
struct Strict {
    #[serde(rename = "limit")]
    _limit: u32,
}

#[tokio::test]
async fn answers_422_to_what_does_not_fit() {
    let request = Request::get("/x?limit=many").body(Body::empty()).unwrap();
    let error = Params::<Strict>::from_request(request, &()).await.expect_err("no number");
    assert_eq!(error.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
