//! The whole edge around a few routes, over real HTTP.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use reqwest::{Client, Method, StatusCode, multipart};
use serde_json::{Value, json};

use super::*;
use crate::api::{ApiError, Pager, Params, RequestId};

struct Server {
    address: SocketAddr,
    client: Client,
}

async fn server() -> Server {
    server_that_waits(Duration::from_millis(300)).await
}

async fn server_that_waits(request_time_max: Duration) -> Server {
    let mut config = EdgeConfig::new("https://social.example".parse().unwrap());
    config.request_time_max = request_time_max;
    config.body_bytes_max = 3 * 1024 * 1024;
    let app = layers(routes(), config).into_make_service_with_connect_info::<SocketAddr>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Server { address, client: Client::new() }
}

fn routes() -> Router {
    Router::new()
        .route("/api/v1/echo", get(echo).post(echo))
        .route("/api/v1/fault", get(|| async { ApiError::internal("password=hunter2") }))
        .route("/api/v1/here", get(|client: ClientIp| async move { client.0.to_string() }))
        .route("/api/v1/list", get(|pager: Pager| async move { pager.timeline(vec![3, 2], |id| *id) }))
        .route("/api/v1/long", get(|| async { Json("long ".repeat(1000)) }))
        .route("/api/v1/panic", get(|| async { panic!("at the disco") as () }))
        .route("/api/v1/request_id", get(|id: axum::Extension<RequestId>| async move { id.as_str().to_owned() }))
        .route("/api/v1/slow", get(|| tokio::time::sleep(Duration::from_secs(20))))
        .route("/api/v1/streaming", get(|upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(hello) }))
        .route("/api/v1/streaming/user", get(events))
        .route("/about", get(|| async { "<p>about</p>" }))
}

async fn echo(params: Params<Value>) -> Json<Value> {
    let file = params.files.get("file").map(|file| (file.file_name.clone(), file.size));
    Json(json!({ "params": params.value, "file": file }))
}

async fn hello(mut socket: axum::extract::ws::WebSocket) {
    let _ = socket.send("hello".into()).await;
}

async fn events() -> impl IntoResponse {
    let long = Event::default().data("x".repeat(2000));
    // Longer than any other request may take.
    let slow = futures::stream::once(async { tokio::time::sleep(Duration::from_millis(600)).await });
    Sse::new(futures::StreamExt::map(slow, move |()| Ok::<_, std::convert::Infallible>(long.clone())))
}

impl Server {
    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.request(Method::GET, path).send().await.unwrap()
    }
}

/// Status and body, which must be the API's error form.
async fn error(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn errors_are_json_under_the_api() {
    let server = server().await;
    assert_eq!(error(server.get("/api/v1/nothing").await).await, (404, "Record not found".to_owned()));
    assert_eq!(error(server.get("/api").await).await.0, 404);
    let wrong = server.request(Method::DELETE, "/api/v1/echo").send().await.unwrap();
    assert!(wrong.headers()["allow"].to_str().unwrap().contains("POST"));
    assert_eq!(error(wrong).await.0, 405);
    let fault = server.get("/api/v1/fault").await.text().await.unwrap();
    assert!(!fault.contains("hunter2"), "{fault}");
    let page = server.get("/nothing").await;
    assert_eq!((page.status(), page.text().await.unwrap().as_str()), (StatusCode::NOT_FOUND, ""));
}

#[tokio::test]
async fn a_panic_is_one_clients_500() {
    let server = server().await;
    let response = server.get("/api/v1/panic").await;
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let (status, words) = error(response).await;
    assert_eq!(status, 500);
    assert!(!words.contains("disco"), "{words}");
    assert_eq!(server.get("/about").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn request_ids_are_kept_when_sane() {
    let server = server().await;
    let ask = |id: &'static str| server.request(Method::GET, "/api/v1/request_id").header("x-request-id", id).send();
    let kept = ask("abc-123").await.unwrap();
    assert_eq!(kept.headers()["x-request-id"], "abc-123");
    assert_eq!(kept.text().await.unwrap(), "abc-123");
    let replaced = ask("evil line\tid=1").await.unwrap();
    assert_eq!(replaced.headers()["x-request-id"].len(), 36);
    assert_ne!(server.get("/about").await.headers()["x-request-id"], replaced.headers()["x-request-id"]);
}

#[tokio::test]
async fn scripts_of_other_sites_may_use_the_api_only() {
    let server = server().await;
    let preflight = server.request(Method::OPTIONS, "/api/v1/echo").header("origin", "https://app.example");
    let preflight = preflight.header("access-control-request-method", "POST");
    let preflight = preflight.header("access-control-request-headers", "authorization, idempotency-key");
    let preflight = preflight.send().await.unwrap();
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    assert_eq!(preflight.headers()["access-control-allow-headers"], "authorization, idempotency-key");
    assert!(preflight.headers()["access-control-allow-methods"].to_str().unwrap().contains("PATCH"));
    let answer = server.get("/api/v1/list").await;
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("Link") && exposed.contains("X-RateLimit-Reset"), "{exposed}");
    assert!(!server.get("/about").await.headers().contains_key("access-control-allow-origin"));
    assert_eq!(server.request(Method::OPTIONS, "/api/v9/x").send().await.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn answers_carry_the_headers_of_the_house() {
    let server = server().await;
    let answer = server.get("/api/v1/list").await;
    assert_eq!(answer.headers()["x-ratelimit-limit"], "300");
    assert_eq!(answer.headers()["x-ratelimit-remaining"], "299");
    let reset = answer.headers()["x-ratelimit-reset"].to_str().unwrap().to_owned();
    assert!(reset.ends_with(".000Z") && reset.parse::<jiff::Timestamp>().is_ok(), "{reset}");
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let link = answer.headers()["link"].to_str().unwrap();
    assert!(link.starts_with("<https://social.example/api/v1/list?max_id=2>; rel=\"next\""), "{link}");
    let page = server.get("/about").await;
    assert_eq!(page.headers()["x-frame-options"], "DENY");
    assert!(!page.headers().contains_key("x-ratelimit-limit"));
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let server = server().await;
    let answer = server.request(Method::HEAD, "/api/v1/list").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().contains_key("link"));
    assert_eq!(answer.text().await.unwrap(), "");
}

#[tokio::test]
async fn compresses_text_for_those_who_ask() {
    let server = server().await;
    let plain = Client::builder().no_gzip().build().unwrap();
    let server = Server { client: plain, ..server };
    let zipped = server.request(Method::GET, "/api/v1/long").header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(zipped.headers()["content-encoding"], "gzip");
    assert!(zipped.bytes().await.unwrap().len() < 500);
    assert!(!server.get("/api/v1/long").await.headers().contains_key("content-encoding"));
}

#[tokio::test]
async fn gives_up_on_the_slow_but_not_on_streams() {
    let server = server().await;
    assert_eq!(error(server.get("/api/v1/slow").await).await.0, 503);
    for path in ["/api/v1/streaming/user", "/api/v1/streaming/user/", "/api/v1/streaming/user/?a=1"] {
        let stream = server.request(Method::GET, path).header("accept-encoding", "gzip").send().await.unwrap();
        assert!(!stream.headers().contains_key("content-encoding"));
        assert!(stream.text().await.unwrap().starts_with("data: xxx"), "{path}");
    }
}

#[tokio::test]
async fn sockets_pass_with_and_without_the_slash() {
    let server = server().await;
    for path in ["/api/v1/streaming", "/api/v1/streaming/", "/api/v1/streaming/?stream=user"] {
        let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{}{path}", server.address)).await.unwrap();
        let message = futures::StreamExt::next(&mut socket).await.unwrap().unwrap();
        assert_eq!(message.into_text().unwrap().as_str(), "hello", "{path}");
    }
}

#[tokio::test]
async fn takes_real_forms_and_files() {
    let server = server().await;
    let form = multipart::Form::new().text("media_attributes[][id]", "1").text("media_attributes[][description]", "d");
    let form = form.part("file", multipart::Part::bytes(vec![1; 100_000]).file_name("a.png"));
    let answer: Value =
        server.request(Method::POST, "/api/v1/echo?q=1").multipart(form).send().await.unwrap().json().await.unwrap();
    let params = json!({ "q": "1", "media_attributes": [{ "id": "1", "description": "d" }] });
    assert_eq!(answer, json!({ "params": params, "file": ["a.png", 100_000] }));
}

#[tokio::test]
async fn large_bodies_get_to_read_their_refusal() {
    let server = server_that_waits(Duration::from_secs(60)).await;
    for bytes in [2 * 1024 * 1024, 4 * 1024 * 1024] {
        let body = server.request(Method::POST, "/api/v1/echo").header("content-type", "application/json");
        let (status, _) = error(body.body("1".repeat(bytes)).send().await.unwrap()).await;
        assert_eq!(status, 413, "{bytes} bytes");
    }
}

#[tokio::test]
async fn believes_the_proxy_of_the_house() {
    let server = server().await;
    let forwarded = server.request(Method::GET, "/api/v1/here").header("x-forwarded-for", "9.9.9.9, 1.2.3.4");
    assert_eq!(forwarded.send().await.unwrap().text().await.unwrap(), "1.2.3.4");
    assert_eq!(server.get("/api/v1/here").await.text().await.unwrap(), "127.0.0.1");
}
