//! Handing in pictures, describing, attaching and removing them.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

/// A picture of one pixel.
pub const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8,
    6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x64, 0xf8, 0xcf,
    0x50, 0x0f, 0, 3, 0x86, 1, 0x80, 0x5a, 0x34, 0x7d, 0x6b, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60,
    0x82,
];

fn png() -> Part {
    Part::bytes(PNG).file_name("cat.png").mime_str("image/png").unwrap()
}

async fn upload(person: &Person, version: &str, form: Form) -> (StatusCode, Value) {
    let request = person.request(Method::POST, &format!("/api/{version}/media"));
    person.send(request.multipart(form)).await
}

/// Hands in a picture and waits until it is ready.
pub async fn picture(person: &Person) -> Value {
    let (status, media) = upload(person, "v1", Form::new().part("file", png())).await;
    assert_eq!(status, StatusCode::OK, "{media}");
    media
}

pub fn path(media: &Value) -> String {
    format!("/api/v1/media/{}", id(media))
}

async fn put(person: &Person, media: &Value, body: Value) -> (StatusCode, Value) {
    person.send(person.request(Method::PUT, &path(media)).json(&body)).await
}

/// Files below a section of the store.
pub fn files(server: &TestServer, section: &str) -> usize {
    fn count(directory: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    count(&server.app.media.store.root().join(section))
}

#[tokio::test]
async fn a_picture_is_made_and_served() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let form = Form::new().part("file", png()).text("description", "a cat").text("focus", "-0.5,0.25");
    let (status, media) = upload(&alice, "v2", form).await;
    assert!(status == StatusCode::OK || status == StatusCode::ACCEPTED, "{media}");
    let media = picture_when_ready(&alice, &media).await;
    assert_eq!(media["type"], "image");
    assert_eq!(media["description"], "a cat");
    assert_eq!(media["meta"]["focus"], json!({ "x": -0.5, "y": 0.25 }));
    assert_eq!(media["meta"]["original"]["size"], "1x1");
    assert!(media["blurhash"].is_string());
    for url in ["url", "preview_url"] {
        let file = server.http.get(media[url].as_str().unwrap()).send().await.unwrap();
        assert_eq!(file.status(), StatusCode::OK);
        assert_eq!(file.headers()["content-type"], "image/png");
    }
    assert_eq!(files(&server, "incoming"), 0);
    server.finish().await;
}

/// Asks for an attachment until it is processed.
pub async fn picture_when_ready(person: &Person, media: &Value) -> Value {
    for _ in 0..100 {
        let (status, media) = person.try_get(&path(media)).await;
        if status != StatusCode::PARTIAL_CONTENT {
            assert_eq!(status, StatusCode::OK, "{media}");
            return media;
        }
        assert!(media["url"].is_null());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("never ready");
}

#[tokio::test]
async fn the_same_key_hands_in_once() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let send = || async {
        let request = alice.request(Method::POST, "/api/v2/media").header("Idempotency-Key", "m1");
        alice.send(request.multipart(Form::new().part("file", png()))).await.1
    };
    let (one, two) = tokio::join!(send(), send());
    assert_eq!(id(&one), id(&two), "{one} {two}");
    assert_eq!(id(&one), id(&send().await));
    picture_when_ready(&alice, &one).await;
    assert_eq!((files(&server, "incoming"), files(&server, "attachments")), (0, 2));
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let server = TestServer::start_with(|config| config.media.image_bytes_max = 1_000).await;
    let alice = server.with_user("alice").await;
    let part = |bytes: Vec<u8>| Form::new().part("file", Part::bytes(bytes).file_name("cat.png"));
    let (status, _) = upload(&alice, "v2", part(b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec())).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, body) = upload(&alice, "v2", part(PNG[..40].to_vec())).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    let (status, _) = upload(&alice, "v2", part([PNG, &[0; 2_000]].concat())).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(upload(&alice, "v2", Form::new().text("description", "x")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let long = Form::new().part("file", png()).text("description", "x".repeat(10_001));
    assert_eq!(upload(&alice, "v2", long).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let focus = Form::new().part("file", png()).text("focus", "left");
    assert_eq!(upload(&alice, "v2", focus).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let reader = server.token_for(Some(alice.id), &["read"]).await;
    let request = server.http.post(format!("{}/api/v2/media", server.base)).bearer_auth(reader);
    let refused = request.multipart(Form::new().part("file", png())).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!((files(&server, "incoming"), files(&server, "attachments")), (0, 0));
    server.finish().await;
}

#[tokio::test]
async fn only_its_owner_describes_and_removes_it() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let media = picture(&alice).await;
    assert_eq!(bob.try_get(&path(&media)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(put(&bob, &media, json!({ "description": "x" })).await.0, StatusCode::NOT_FOUND);
    let (status, described) = put(&alice, &media, json!({ "description": "a dog", "focus": "0.1,0.2" })).await;
    assert_eq!((status, &described["description"]), (StatusCode::OK, &json!("a dog")));
    let (_, described) = put(&alice, &media, json!({ "focus": "0.3,0.2" })).await;
    assert_eq!(described["description"], "a dog");
    assert_eq!(described["meta"]["focus"]["x"], 0.3);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(alice.get(&path(&media)).await, described);

    assert_eq!(bob.send(bob.request(Method::DELETE, &path(&media))).await.0, StatusCode::NOT_FOUND);
    alice.delete(&path(&media)).await;
    assert_eq!(alice.try_get(&path(&media)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(alice.send(alice.request(Method::DELETE, &path(&media))).await.0, StatusCode::NOT_FOUND);
    assert_eq!(files(&server, "attachments"), 0);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(alice.try_get(&path(&media)).await.0, StatusCode::NOT_FOUND);
    server.finish().await;
}

#[tokio::test]
async fn a_status_holds_its_pictures() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let media = picture(&alice).await;
    let post = |text: &'static str| {
        let ids = json!([id(&media)]);
        let alice = alice.clone();
        async move { alice.try_post("/api/v1/statuses", json!({ "status": text, "media_ids": ids })).await }
    };
    let (status, posted) = post("look").await;
    assert_eq!(status, StatusCode::OK, "{posted}");
    assert_eq!(posted["media_attachments"][0]["id"], media["id"]);
    assert_eq!(post("again").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(alice.try_get(&path(&media)).await.0, StatusCode::NOT_FOUND);
    let (status, refused) = alice.send(alice.request(Method::DELETE, &path(&media))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["error"], "Media attachment is currently used by a status");

    // Deleted to be drafted anew: the picture can be attached again.
    alice.delete(&format!("/api/v1/statuses/{}", id(&posted))).await;
    assert_eq!(alice.get(&path(&media)).await["id"], media["id"]);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(post("anew").await.0, StatusCode::OK);
    server.finish().await;
}
