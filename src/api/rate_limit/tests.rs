//! The limiter before a small router, at a time that stands still.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use tower::ServiceExt;

use super::*;

/// `/api/v1/as/7` stands for any endpoint whose authenticator finds account 7; `as/0` is an application's token.
fn server(config: RateLimitConfig) -> Router {
    let mut limits = RateLimits::new(config);
    limits.clock = || "2026-01-01T00:01:00Z".parse().unwrap();
    let authenticated = |Path(user): Path<i64>, caller: axum::Extension<Caller>| async move {
        caller.recognize((user != 0).then_some(AccountId(user)));
    };
    Router::new()
        .route("/api/v1/as/{user}", any(authenticated))
        .route(
            "/api/v1/media",
            any(|caller: axum::Extension<Caller>| async move { caller.recognize(Some(AccountId(7))) }),
        )
        .fallback(get(|| async { StatusCode::UNAUTHORIZED }))
        .layer(from_fn_with_state(Arc::new(limits), enforce))
}

#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    limit: Option<u32>,
    remaining: Option<u32>,
}

fn answer(status: u16, limit: u32, remaining: u32) -> Answer {
    Answer { status, limit: Some(limit), remaining: Some(remaining) }
}

async fn send(server: &Router, method: &str, uri: &str, token: &str, address: &str) -> (Answer, HeaderMap) {
    let mut request = Request::builder().method(method).uri(uri).extension(ClientIp(address.parse().unwrap()));
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = server.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let number = |name| response.headers().get(name).map(|value| value.to_str().unwrap().parse().unwrap());
    let seen = Answer { status: response.status().as_u16(), limit: number(X_LIMIT), remaining: number(X_REMAINING) };
    (seen, response.headers().clone())
}

async fn ask(server: &Router, uri: &str, token: &str, address: &str) -> Answer {
    send(server, "GET", uri, token, address).await.0
}

fn small() -> RateLimitConfig {
    RateLimitConfig { per_user: 5, per_token: 3, anonymous: 2, paging: 1, media: 1, ..RateLimitConfig::default() }
}

#[tokio::test]
async fn the_anonymous_count_by_address() {
    let server = server(small());
    assert_eq!(ask(&server, "/api/v1/x", "", "1.1.1.1").await, answer(401, 2, 1));
    assert_eq!(ask(&server, "/api/v1/x", "", "1.1.1.1").await, answer(401, 2, 0));
    let (third, headers) = send(&server, "GET", "/api/v1/x", "", "1.1.1.1").await;
    assert_eq!(third, answer(429, 2, 0));
    assert_eq!(headers["x-ratelimit-reset"], "2026-01-01T00:05:00.000Z");
    assert_eq!(headers["retry-after"], "240");
    assert_eq!(ask(&server, "/api/v1/x", "", "2.2.2.2").await, answer(401, 2, 1));
    assert_eq!(ask(&server, "/about", "", "1.1.1.1").await, Answer { status: 401, limit: None, remaining: None });
}

#[tokio::test]
async fn tokens_count_apart_and_their_user_altogether() {
    let server = server(small());
    for remaining in [2, 1, 0] {
        assert_eq!(ask(&server, "/api/v1/as/7", "phone", "1.1.1.1").await, answer(200, 3, remaining));
    }
    assert_eq!(ask(&server, "/api/v1/as/7", "phone", "1.1.1.1").await, answer(429, 3, 0));
    // Four requests of the user so far: the refused one counts too.
    assert_eq!(ask(&server, "/api/v1/as/7", "tablet", "1.1.1.1").await, answer(200, 5, 0));
    assert_eq!(ask(&server, "/api/v1/as/7", "tablet", "1.1.1.1").await, answer(429, 5, 0));
    assert_eq!(ask(&server, "/api/v1/as/8", "other", "1.1.1.1").await, answer(200, 3, 2));
    assert_eq!(ask(&server, "/api/v1/as/0", "app", "1.1.1.1").await, answer(200, 3, 2));
}

#[tokio::test]
async fn a_made_up_token_is_no_way_round() {
    let server = server(small());
    assert_eq!(ask(&server, "/api/v1/x", "guess1", "1.1.1.1").await, answer(401, 2, 1));
    assert_eq!(ask(&server, "/api/v1/x", "guess2", "1.1.1.1").await, answer(401, 2, 0));
    assert_eq!(ask(&server, "/api/v1/x", "guess3", "1.1.1.1").await, answer(429, 2, 0));
    assert_eq!(ask(&server, "/api/v1/x", "", "1.1.1.1").await, answer(401, 2, 1), "guests of the address may");
}

#[tokio::test]
async fn good_tokens_do_not_use_up_their_address() {
    let server = server(small());
    for user in 1..=10 {
        let seen = ask(&server, &format!("/api/v1/as/{user}"), &format!("token{user}"), "1.1.1.1").await;
        assert_eq!(seen, answer(200, 3, 2), "user {user}");
    }
}

#[tokio::test]
async fn some_routes_have_less() {
    let server = server(small());
    assert_eq!(send(&server, "POST", "/api/v1/media", "t", "1.1.1.1").await.0, answer(200, 1, 0));
    assert_eq!(send(&server, "POST", "/api/v1/media", "t", "1.1.1.1").await.0, answer(429, 1, 0));
    assert_eq!(send(&server, "GET", "/api/v1/media", "t", "1.1.1.1").await.0, answer(200, 3, 0));
    assert_eq!(ask(&server, "/api/v1/as/9?max_id=1", "u", "1.1.1.1").await, answer(200, 1, 0));
    assert_eq!(ask(&server, "/api/v1/as/9?min_id=1", "u", "1.1.1.1").await, answer(429, 1, 0));
}

#[tokio::test]
async fn can_be_off_for_all_or_some() {
    let off = server(RateLimitConfig { enabled: false, ..small() });
    let exempt = server(RateLimitConfig { exempt: vec!["1.0.0.0/8".parse().unwrap()], ..small() });
    for _ in 0..5 {
        let unlimited = Answer { status: 401, limit: None, remaining: None };
        assert_eq!(ask(&off, "/api/v1/x", "", "1.1.1.1").await, unlimited);
        assert_eq!(ask(&exempt, "/api/v1/x", "", "1.1.1.1").await, unlimited);
    }
    assert_eq!(ask(&exempt, "/api/v1/x", "", "2.2.2.2").await, answer(401, 2, 1));
}
