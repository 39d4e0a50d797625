//! Somebody with an account, an app and a token.

use chronodon_events::AccountId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::TestServer;

/// A person who uses the server.
#[derive(Clone)]
pub struct Person {
    pub id: AccountId,
    pub token: String,
    base: String,
    http: reqwest::Client,
}

impl Person {
    pub fn new(server: &TestServer, id: AccountId, token: String) -> Self {
        Self { id, token, base: server.base.clone(), http: server.http.clone() }
    }

    /// The same person on another server of the same database.
    pub fn on(&self, server: &TestServer) -> Self {
        Self { base: server.base.clone(), ..self.clone() }
    }

    /// A request of theirs that has not been sent.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    /// Sends a request and reads the answer's status and JSON.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> (StatusCode, Value) {
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub async fn try_get(&self, path: &str) -> (StatusCode, Value) {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn try_post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// `GET`, which must succeed.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.try_get(path).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }

    /// `POST`, which must succeed.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.try_post(path, body).await;
        assert_eq!(status, StatusCode::OK, "POST {path}: {body}");
        body
    }

    /// `DELETE`, which must succeed.
    pub async fn delete(&self, path: &str) -> Value {
        let (status, body) = self.send(self.request(Method::DELETE, path)).await;
        assert_eq!(status, StatusCode::OK, "DELETE {path}: {body}");
        body
    }

    /// A page of a list, and the addresses before and after it. Takes a path, or an address that a page gave.
    pub async fn page(&self, path: &str) -> (Value, Links) {
        let path = path.strip_prefix(&*self.base).unwrap_or(path);
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "GET {path}");
        let header = response.headers().get("link").map_or("", |link| link.to_str().unwrap()).to_owned();
        let to = |name: &str| {
            let link = header.split(", ").find_map(|link| link.strip_suffix(&format!("; rel=\"{name}\"")));
            link.map(|link| link.trim_matches(['<', '>']).to_owned())
        };
        (response.json().await.unwrap(), Links { next: to("next"), prev: to("prev") })
    }

    /// Posts a public status and returns it.
    pub async fn posts(&self, text: &str) -> Value {
        self.post("/api/v1/statuses", json!({ "status": text })).await
    }
}

/// Where a page leads.
pub struct Links {
    pub next: Option<String>,
    pub prev: Option<String>,
}

/// The id of an entity.
pub fn id(entity: &Value) -> &str {
    entity["id"].as_str().unwrap()
}
