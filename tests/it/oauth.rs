//! Apps, the grants of OAuth 2, and the pages where a person lets an app in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Surfer, TestServer};

mod browser;
mod clients;
mod code;
mod command_line;

const CALLBACK: &str = "https://app.example/callback?from=us";
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const PASSWORD: &str = "correct horse battery";

struct Client {
    id: String,
    secret: String,
}

async fn register(server: &TestServer, scopes: &str) -> Client {
    let body = json!({
        "client_name": "Tusky",
        "redirect_uris": [CALLBACK, OUT_OF_BAND, "mastodon://callback"],
        "scopes": scopes,
        "website": "https://app.example",
    });
    let (status, app) = server.post_json("/api/v1/apps", &body).await;
    assert_eq!(status, StatusCode::OK, "{app}");
    let text = |name: &str| app[name].as_str().unwrap().to_owned();
    Client { id: text("client_id"), secret: text("client_secret") }
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

fn authorize(client: &Client, redirect_uri: &str, scope: &str, more: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("response_type", "code").append_pair("client_id", &client.id);
    query.append_pair("redirect_uri", redirect_uri).append_pair("scope", scope);
    query.extend_pairs(more);
    format!("/oauth/authorize?{}", query.finish())
}

/// A person with a password, signed in with a browser.
async fn signed_in(server: &TestServer, name: &str) -> Surfer {
    let person = server.with_user(name).await;
    server.gives_password(&person, PASSWORD).await;
    let mut surfer = Surfer::new(server);
    let page = surfer.get("/auth/sign_in").await;
    let done = surfer.submit(&page, &[("login", name), ("password", PASSWORD)]).await;
    assert_eq!((done.status, &*done.location), (StatusCode::SEE_OTHER, "/auth/sign_in"), "{}", done.body);
    surfer
}

/// Lets the app in, and returns the code that the app gets.
async fn granted_code(surfer: &mut Surfer, path: &str) -> String {
    let page = surfer.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{} {}", page.location, page.body);
    let sent = surfer.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    sent.query("code").unwrap()
}

async fn redeem(server: &TestServer, client: &Client, code: &str, more: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", &client.id),
        ("client_secret", &client.secret),
        ("code", code),
    ];
    form.extend(more);
    server.post_form("/oauth/token", &form).await
}

async fn whoami(server: &TestServer, token: &str) -> StatusCode {
    let request = server.http.post(format!("{}/api/v1/statuses", server.base)).bearer_auth(token);
    request.json(&json!({ "status": "from the app" })).send().await.unwrap().status()
}
