//! What follows from events: once, in any process, and never because of a rebuild.

use std::time::Duration;

use chronodon::commands::{By, DescribeMedia};
use chronodon::jobs::queue;
use chronodon::media::{FileType, Output, Purpose, Section};
use chronodon::reactors::loose_media;
use chronodon_events::MediaId;
use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;

use crate::media::{PNG, files, path, picture, picture_when_ready};
use crate::support::{TestServer, id};

async fn sql(server: &TestServer, sql: &str) -> Vec<tokio_postgres::Row> {
    server.app.server_tables.get().await.unwrap().query(sql, &[]).await.unwrap()
}

/// Waits until the reactors have seen the whole log.
async fn caught_up(server: &TestServer) {
    let head = i64::try_from(server.app.head().await.unwrap().0).unwrap();
    for _ in 0..200 {
        let rows = sql(server, "SELECT position FROM server.reactors").await;
        if !rows.is_empty() && rows.iter().all(|row| row.get::<_, i64>(0) >= head) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the reactors never came to {head}");
}

/// Makes all jobs due, and waits until none is left.
pub async fn quiet(server: &TestServer) {
    caught_up(server).await;
    for _ in 0..200 {
        sql(server, "UPDATE server.jobs SET run_at = now() WHERE attempts = 0").await;
        let standing = queue::standing(&server.app.server_tables).await.unwrap();
        assert_eq!(standing.dead, 0);
        if standing.waiting == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there is always something left to do");
}

/// A file handed in, as if the server had crashed right after saying so in the log.
async fn interrupted_upload(server: &TestServer, account: chronodon_events::AccountId) -> MediaId {
    let store = &server.app.media.store;
    let mut upload = store.upload(Purpose::Attachment).await.unwrap();
    upload.write(PNG).await.unwrap();
    let id = server.app.commands.new_media_id();
    store.keep_incoming(id.get(), upload.finish().await.unwrap()).await.unwrap();
    server.app.commands.upload_media(By::account(account), account, id, DescribeMedia::default()).await.unwrap()
}

#[tokio::test]
async fn an_interrupted_upload_is_taken_up() {
    let mut server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    server.stop_work().await;
    let id = interrupted_upload(&server, alice.id).await;
    let path = format!("/api/v1/media/{id}");
    let (status, media) = alice.try_get(&path).await;
    assert_eq!((status, &media["url"]), (StatusCode::PARTIAL_CONTENT, &serde_json::Value::Null));
    let body = json!({ "status": "too soon", "media_ids": [id.to_string()] });
    assert_eq!(alice.try_post("/api/v1/statuses", body).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let second = server.second().await;
    server.start_work();
    quiet(&server).await;
    picture_when_ready(&alice, &media).await;
    assert_eq!((files(&server, "incoming"), files(&server, "attachments")), (0, 2));
    second.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn what_is_gone_is_gone_after_a_crash_too() {
    let mut server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let media = picture(&alice).await;
    quiet(&server).await;
    server.stop_work().await;
    alice.delete(&path(&media)).await;
    let owner: i64 = id(&media).parse().unwrap();
    let left = Output { file_type: FileType::Png, bytes: PNG.into() };
    server.app.media.store.put(Section::Attachments, owner, &left).await.unwrap();
    assert_eq!(files(&server, "attachments"), 1);
    server.start_work();
    quiet(&server).await;
    assert_eq!(files(&server, "attachments"), 0);
    server.finish().await;
}

#[tokio::test]
async fn loose_attachments_go_after_a_day_and_a_redraft_has_a_day() {
    let mut server = TestServer::start().await;
    server.stop_work().await;
    let alice = server.with_user("alice").await;
    let (loose, posted, edited) = (picture(&alice).await, picture(&alice).await, picture(&alice).await);
    let body = json!({ "status": "look", "media_ids": [id(&posted)] });
    let kept = alice.post("/api/v1/statuses", body).await;
    let body = json!({ "status": "gone", "media_ids": [id(&edited)] });
    let gone = alice.post("/api/v1/statuses", body).await;
    let sweep = |after: SignedDuration| {
        let app = server.app.clone();
        async move {
            let mut cursor = loose_media::Cursor::default();
            while loose_media::run(&app, &mut cursor, chronodon::clock::now() + after).await.unwrap() {}
        }
    };
    sweep(SignedDuration::from_hours(23)).await;
    assert_eq!(alice.try_get(&path(&loose)).await.0, StatusCode::OK);
    sweep(SignedDuration::from_hours(25)).await;
    assert_eq!(alice.try_get(&path(&loose)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(files(&server, "attachments"), 4);

    alice.delete(&format!("/api/v1/statuses/{}", id(&gone))).await;
    sweep(SignedDuration::from_hours(23)).await;
    assert_eq!(alice.try_get(&path(&edited)).await.0, StatusCode::OK);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    sweep(SignedDuration::from_hours(23)).await;
    assert_eq!(alice.try_get(&path(&edited)).await.0, StatusCode::OK);
    sweep(SignedDuration::from_hours(25)).await;
    assert_eq!(alice.try_get(&path(&edited)).await.0, StatusCode::NOT_FOUND);
    let status = alice.get(&format!("/api/v1/statuses/{}", id(&kept))).await;
    assert_eq!(status["media_attachments"][0]["id"], posted["id"]);
    server.finish().await;
}

/// Everything that an effect would leave behind.
async fn outside_world(server: &TestServer) -> Vec<String> {
    let jobs = sql(server, "SELECT id::text || attempts || run_at FROM server.jobs ORDER BY 1").await;
    let reactors = sql(server, "SELECT name || position FROM server.reactors ORDER BY 1").await;
    let mut seen: Vec<String> = jobs.iter().chain(&reactors).map(|row| row.get(0)).collect();
    seen.push(format!("head {}", server.app.head().await.unwrap()));
    seen
}

#[tokio::test]
async fn a_rebuild_has_no_effects() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let media = picture(&alice).await;
    let posted = alice.posts("soon gone").await;
    alice.delete(&format!("/api/v1/statuses/{}", id(&posted))).await;
    quiet(&server).await;
    // One job stands far in the future, so that there is something to see.
    picture(&alice).await;
    caught_up(&server).await;
    sql(&server, "UPDATE server.jobs SET run_at = now() + interval '1 day'").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = outside_world(&server).await;
    assert_eq!(sql(&server, "SELECT FROM server.jobs").await.len(), 1, "{before:?}");
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(outside_world(&server).await, before);
    assert_eq!(alice.get(&path(&media)).await["id"], media["id"]);
    server.finish().await;
}

#[tokio::test]
async fn two_processes_react_once() {
    let server = TestServer::start().await;
    let second = server.second().await;
    let alice = server.with_user("alice").await;
    let there = alice.on(&second);
    for round in 0..6 {
        picture(if round % 2 == 0 { &alice } else { &there }).await;
    }
    caught_up(&server).await;
    // Uploads wait a while before they are looked at.
    let waiting = queue::standing(&server.app.server_tables).await.unwrap().waiting;
    assert_eq!(waiting, 6);
    quiet(&server).await;
    assert_eq!((files(&server, "incoming"), files(&server, "attachments")), (0, 12));
    second.finish().await;
    server.finish().await;
}
