//! Avatar and header: made, served, described, replaced, removed.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::patch;
use crate::support::{Person, TestServer};

/// A picture that is there anyway.
const PNG: &[u8] = include_bytes!("../../../web/images/avatar-missing.png");

fn picture() -> Part {
    Part::bytes(PNG).file_name("me.png").mime_str("image/png").unwrap()
}

async fn upload(person: &Person, form: Form) -> (StatusCode, Value) {
    let request = person.request(Method::PATCH, "/api/v1/accounts/update_credentials");
    person.send(request.multipart(form)).await
}

async fn status_of(server: &TestServer, url: &Value) -> StatusCode {
    server.http.get(url.as_str().unwrap()).send().await.unwrap().status()
}

/// Files below the avatars and headers of the store.
fn files(server: &TestServer) -> usize {
    fn count(directory: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    ["avatars", "headers"].map(|section| count(&server.app.media.store.root().join(section))).iter().sum()
}

#[tokio::test]
async fn a_picture_is_replaced_and_removed_with_its_file() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let before = alice.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(status_of(&server, &before["avatar"]).await, StatusCode::OK);
    assert_eq!(status_of(&server, &before["header_static"]).await, StatusCode::OK);

    let form = Form::new().part("avatar", picture()).part("header", picture()).text("avatar_description", "a shape");
    let (status, first) = upload(&alice, form).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!((&first["avatar_description"], &first["header_description"]), (&json!("a shape"), &json!("")));
    assert_eq!(status_of(&server, &first["avatar"]).await, StatusCode::OK);
    assert_eq!(status_of(&server, &first["header"]).await, StatusCode::OK);

    let (_, second) = upload(&alice, Form::new().part("avatar", picture())).await;
    assert_ne!(first["avatar"], second["avatar"]);
    assert_eq!((&second["header"], &second["avatar_description"]), (&first["header"], &json!("")));
    assert_eq!(status_of(&server, &first["avatar"]).await, StatusCode::NOT_FOUND);
    assert_eq!(status_of(&server, &second["avatar"]).await, StatusCode::OK);

    let (_, described) = patch(&alice, json!({ "header_description": "sky" })).await;
    assert_eq!((&described["header"], &described["header_description"]), (&first["header"], &json!("sky")));
    for _ in 0..2 {
        let removed = alice.delete("/api/v1/profile/avatar").await;
        assert_eq!(removed["avatar"], before["avatar"]);
    }
    assert_eq!(alice.delete("/api/v1/profile/header").await["header"], before["header"]);
    assert_eq!(files(&server), 0);
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_picture_leaves_nothing() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let text = Part::bytes(b"<svg/>".as_slice()).file_name("me.png").mime_str("image/png").unwrap();
    let form = Form::new().part("avatar", picture()).part("header", text);
    let (status, answer) = upload(&alice, form).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer["error"].as_str().unwrap().starts_with("Validation failed: Header"), "{answer}");
    let form = Form::new().part("avatar", picture()).text("note", "a".repeat(501));
    assert_eq!(upload(&alice, form).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(files(&server), 0);
    let large = Part::bytes(vec![0; 9 << 20]).file_name("me.png");
    assert_eq!(upload(&alice, Form::new().part("avatar", large)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    server.finish().await;
}
