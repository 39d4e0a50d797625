//! Asking, voting, and the end of it.

use chronodon::commands::By;
use chronodon_events::StatusId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

async fn asks(person: &Person, multiple: bool, hide_totals: bool) -> Value {
    let poll = json!({
        "options": ["red", " ", "green", "blue"], "expires_in": 300, "multiple": multiple, "hide_totals": hide_totals,
    });
    person.post("/api/v1/statuses", json!({ "status": "which?", "poll": poll })).await
}

#[tokio::test]
async fn a_vote_counts_once() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let poll = asks(&alice, false, false).await["poll"].clone();
    assert_eq!(poll["options"].as_array().unwrap().len(), 3, "blank options are dropped");
    assert_eq!((&poll["voted"], &poll["own_votes"]), (&json!(true), &json!([])));
    let path = format!("/api/v1/polls/{}", id(&poll));
    let votes = format!("{path}/votes");
    for choices in [json!([3]), json!([-1]), json!(["x"]), json!([]), json!([0, 1])] {
        let (status, body) = bob.try_post(&votes, json!({ "choices": choices })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{choices}: {body}");
    }
    assert_eq!(bob.get(&path).await["voted"], false);
    let form = bob.request(Method::POST, &votes).form(&[("choices[]", "1")]);
    let (status, voted) = bob.send(form).await;
    assert_eq!(status, StatusCode::OK, "{voted}");
    assert_eq!((&voted["voted"], &voted["own_votes"]), (&json!(true), &json!([1])));
    assert_eq!((&voted["votes_count"], &voted["voters_count"]), (&json!(1), &json!(1)));
    assert_eq!(voted["options"][1], json!({ "title": "green", "votes_count": 1 }));
    let (status, body) = bob.try_post(&votes, json!({ "choices": ["0"] })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body["error"].as_str().unwrap().contains("already voted"), "{body}");
    assert_eq!(alice.try_post(&votes, json!({ "choices": ["0"] })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let anonymous = server.http.get(format!("{}{path}", server.base)).send().await.unwrap();
    let anonymous: Value = anonymous.json().await.unwrap();
    assert!(anonymous.get("voted").is_none() && anonymous.get("own_votes").is_none());
    server.finish().await;
}

#[tokio::test]
async fn several_choices_are_one_voter() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let poll = asks(&alice, true, true).await["poll"].clone();
    let votes = format!("/api/v1/polls/{}/votes", id(&poll));
    let voted = bob.post(&votes, json!({ "choices": ["2", "0", "2"] })).await;
    assert_eq!(voted["own_votes"], json!([0, 2]));
    assert_eq!((&voted["votes_count"], &voted["voters_count"]), (&json!(2), &json!(1)));
    assert_eq!(voted["options"][0]["votes_count"], Value::Null, "hidden until it closes");
    server.finish().await;
}

#[tokio::test]
async fn a_poll_stays_open_until_its_time_and_another_question_voids_the_votes() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = asks(&alice, false, false).await;
    let path = format!("/api/v1/polls/{}", id(&status));
    bob.post(&format!("{path}/votes"), json!({ "choices": [1] })).await;
    let status_id: StatusId = id(&status).parse().unwrap();
    server.app.commands.close_poll(By::operator(), status_id).await.unwrap();
    assert_eq!(bob.get(&path).await["expired"], false, "its time is not over");

    let edit = |options: Value| {
        let poll = json!({ "options": options, "expires_in": 600 });
        let request = alice.request(Method::PUT, &format!("/api/v1/statuses/{}", id(&status)));
        alice.send(request.json(&json!({ "status": "which then?", "poll": poll })))
    };
    let (_, kept) = edit(json!(["red", "green", "blue"])).await;
    assert_eq!(kept["poll"]["votes_count"], 1, "{kept}");
    let (_, reset) = edit(json!(["cat", "dog"])).await;
    assert_eq!(reset["poll"]["votes_count"], 0, "{reset}");
    assert_eq!(bob.get(&path).await["voted"], false);
    let again = bob.post(&format!("{path}/votes"), json!({ "choices": [0] })).await;
    assert_eq!((&again["votes_count"], &again["own_votes"]), (&json!(1), &json!([0])));
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(bob.get(&path).await["votes_count"], 1);
    server.finish().await;
}

#[tokio::test]
async fn votes_go_with_their_poll_and_a_replay_agrees() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = asks(&alice, false, false).await;
    let path = format!("/api/v1/polls/{}", id(&status));
    bob.post(&format!("{path}/votes"), json!({ "choices": [1] })).await;
    alice.delete(&format!("/api/v1/statuses/{}", id(&status))).await;
    for _ in 0..2 {
        assert_eq!(bob.try_get(&path).await.0, StatusCode::NOT_FOUND);
        let late = bob.try_post(&format!("{path}/votes"), json!({ "choices": [1] })).await;
        assert_eq!(late.0, StatusCode::NOT_FOUND);
        let status_id: StatusId = id(&status).parse().unwrap();
        server.app.commands.close_poll(By::operator(), status_id).await.unwrap();
        server.app.rebuild("core", |_, _| ()).await.unwrap();
    }
    let plain = alice.posts("no poll").await;
    assert_eq!(bob.try_get(&format!("/api/v1/polls/{}", id(&plain))).await.0, StatusCode::NOT_FOUND);
    server.finish().await;
}

#[tokio::test]
async fn a_poll_of_a_private_status_is_as_private() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let poll = json!({ "options": ["a", "b"], "expires_in": "300" });
    let body = json!({ "status": "which?", "poll": poll, "visibility": "private" });
    let path = format!("/api/v1/polls/{}", id(&alice.post("/api/v1/statuses", body).await));
    assert_eq!(bob.try_get(&path).await.0, StatusCode::NOT_FOUND);
    let vote = bob.try_post(&format!("{path}/votes"), json!({ "choices": [0] })).await;
    assert_eq!(vote.0, StatusCode::NOT_FOUND);
    server.finish().await;
}
