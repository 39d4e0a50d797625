//! Windows over a small list, and the links of its pages.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::Request;
use serde_json::json;

use super::{End, PageQuery, Pager, PublicBase, Window};

fn query(value: serde_json::Value) -> PageQuery {
    serde_json::from_value(value).unwrap()
}

/// What a query floor does with a window.
fn fetch(window: Window) -> Vec<i64> {
    let mut cursors: Vec<i64> = (1..=100).filter(|cursor| window.holds(*cursor)).collect();
    if window.end == End::Newest {
        cursors.reverse();
    }
    cursors.truncate(window.limit);
    window.newest_first(cursors)
}

#[test]
fn cuts_as_mastodon_does() {
    let cases = [
        (json!({ "limit": "3" }), vec![100, 99, 98]),
        (json!({ "limit": 3, "max_id": "50" }), vec![49, 48, 47]),
        (json!({ "limit": 3, "since_id": "50" }), vec![100, 99, 98]),
        (json!({ "limit": 5, "since_id": 98 }), vec![100, 99]),
        (json!({ "limit": 3, "min_id": "50" }), vec![53, 52, 51]),
        (json!({ "limit": 3, "min_id": "50", "since_id": "98" }), vec![53, 52, 51]),
        (json!({ "limit": 3, "min_id": "50", "max_id": "53" }), vec![52, 51]),
        (json!({ "limit": 3, "since_id": "47", "max_id": "50" }), vec![49, 48]),
        (json!({ "limit": 3, "max_id": "" }), vec![100, 99, 98]),
        (json!({ "limit": 3, "max_id": "abc" }), vec![]),
        (json!({ "limit": 2, "max_id": "50abc" }), vec![49, 48]),
        (json!({ "limit": 2, "max_id": "99999999999999999999999" }), vec![100, 99]),
        (json!({ "limit": -2 }), vec![100, 99]),
        (json!({ "limit": "0" }), vec![]),
    ];
    for (asked, expected) in cases {
        assert_eq!(fetch(query(asked.clone()).window(20)), expected, "{asked}");
    }
}

#[test]
fn limits_default_and_cap() {
    assert_eq!(query(json!({})).window(20).limit, 20);
    assert_eq!(query(json!({ "limit": "" })).window(20).limit, 20);
    assert_eq!(query(json!({ "limit": "41" })).window(20).limit, 40);
    assert_eq!(query(json!({ "limit": "9999999999999" })).window(40).limit, 80);
    assert_eq!(query(json!({ "limit": "500" })).limit(40, 200), 200);
    assert!(query(json!({ "limit": "0" })).wants_all());
    assert_eq!(query(json!({ "offset": "-4" })).offset(), 0);
}

async fn pager(uri: &str) -> Pager {
    let base = PublicBase(Arc::new("https://social.example".parse().unwrap()));
    let request = Request::get(uri).extension(base).body(Body::empty()).unwrap();
    Pager::from_request_parts(&mut request.into_parts().0, &()).await.unwrap()
}

fn link<T>(page: &super::Page<T>) -> &str {
    page.link().map_or("", |link| link.to_str().unwrap())
}

#[tokio::test]
async fn timelines_link_on_whenever_they_hold_anything() {
    let pager = pager("/api/v1/timelines/tag/caf%C3%A9?any[]=a&limit=2&max_id=9&access_token=secret").await;
    let here = "https://social.example/api/v1/timelines/tag/caf%C3%A9?any%5B%5D=a&limit=2";
    let page = pager.timeline(vec![8], |id| *id);
    assert_eq!(link(&page), format!("<{here}&max_id=8>; rel=\"next\", <{here}&min_id=8>; rel=\"prev\""));
    assert_eq!(link(&pager.timeline(Vec::<i64>::new(), |id| *id)), "");
}

#[tokio::test]
async fn other_lists_link_on_after_a_full_page() {
    let pager = pager("/api/v1/blocks").await;
    let here = "https://social.example/api/v1/blocks";
    let full = pager.list(vec![("bob", 12), ("eve", 7)], 2, |(_, row)| *row);
    assert_eq!(link(&full), format!("<{here}?max_id=7>; rel=\"next\", <{here}?since_id=12>; rel=\"prev\""));
    let last = pager.list(vec![("bob", 12)], 2, |(_, row)| *row);
    assert_eq!(link(&last), format!("<{here}?since_id=12>; rel=\"prev\""));
    assert_eq!(link(&pager.list(Vec::<i64>::new(), 0, |id| *id)), "");
}

#[tokio::test]
async fn offsets_go_both_ways() {
    let pager = pager("/api/v1/trends/tags?offset=10").await;
    let here = "https://social.example/api/v1/trends/tags";
    let page = pager.by_offset(vec![1, 2], 2, 10);
    assert_eq!(link(&page), format!("<{here}?offset=12>; rel=\"next\", <{here}?offset=8>; rel=\"prev\""));
    assert_eq!(link(&pager.by_offset(vec![1], 2, 0)), "");
}
