//! Live updates over real WebSockets and server-sent events.
//!
//! That something is not told is shown by what is told next: every test posts something at the end that must come.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::{Person, TestServer, id};

const PATIENCE: Duration = Duration::from_secs(15);

/// Somebody's end of a WebSocket.
struct Ear(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Ear {
    /// Listens to streams, one after the other on the same socket.
    async fn of(server: &TestServer, person: &Person, streams: &[&str]) -> Self {
        let mut ear = Self::at(server, &format!("?access_token={}", person.token)).await.unwrap();
        for stream in streams {
            ear.asks(json!({ "type": "subscribe", "stream": stream })).await;
        }
        ear.settles().await;
        ear
    }

    async fn at(server: &TestServer, rest: &str) -> Result<Self, Error> {
        let address = format!("{}/api/v1/streaming{rest}", server.base.replace("http", "ws"));
        tokio_tungstenite::connect_async(address).await.map(|(socket, _)| Self(socket))
    }

    async fn asks(&mut self, request: Value) {
        self.0.send(Message::text(request.to_string())).await.unwrap();
    }

    /// Waits until the server has taken all requests: it answers one that cannot be.
    async fn settles(&mut self) {
        self.asks(json!({ "type": "subscribe", "stream": "nonsense" })).await;
        assert_eq!(self.hears().await["error"], "Unknown stream type");
    }

    /// The next message; none when the server closes.
    async fn next(&mut self) -> Option<Value> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a message in time");
            match message {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    }

    async fn hears(&mut self) -> Value {
        self.next().await.expect("the socket is open")
    }

    /// The next message as `(stream, event, payload)`.
    async fn told(&mut self) -> (Value, String, Value) {
        let message = self.hears().await;
        let payload = message["payload"].as_str().unwrap_or_else(|| panic!("a string: {message}"));
        let payload = serde_json::from_str(payload).unwrap();
        (message["stream"].clone(), message["event"].as_str().unwrap().to_owned(), payload)
    }

    /// The next message must be this event about this status.
    async fn hears_of(&mut self, stream: &str, event: &str, status: &Value) -> Value {
        let (from, what, payload) = self.told().await;
        assert_eq!((from, what.as_str()), (json!([stream]), event), "{payload}");
        assert_eq!(id(&payload), id(status));
        payload
    }
}

async fn post(person: &Person, text: &str, visibility: &str) -> Value {
    person.post("/api/v1/statuses", json!({ "status": text, "visibility": visibility })).await
}

#[tokio::test]
async fn own_posts_come_and_go_on_the_user_stream() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let mut ear = Ear::of(&server, &alice, &["user"]).await;
    bob.posts("not followed").await;
    let posted = alice.posts("hello").await;
    let seen = ear.hears_of("user", "update", &posted).await;
    assert_eq!(seen["favourited"], false, "it is rendered for its viewer");
    alice.delete(&format!("/api/v1/statuses/{}", id(&posted))).await;
    let message = ear.hears().await;
    assert_eq!(message, json!({ "stream": ["user"], "event": "delete", "payload": id(&posted) }));
    server.finish().await;
}

#[tokio::test]
async fn one_socket_listens_to_many_streams() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let mut ear = Ear::of(&server, &alice, &["public", "public:local", "public:remote", "public:media"]).await;
    ear.asks(json!({ "type": "subscribe", "stream": "hashtag", "tag": "Café" })).await;
    ear.settles().await;
    for hidden in ["unlisted", "private", "direct"] {
        post(&bob, "not for all #cafe", hidden).await;
    }
    let posted = bob.posts("for all #cafe").await;
    ear.hears_of("public", "update", &posted).await;
    ear.hears_of("public:local", "update", &posted).await;
    let (stream, event, payload) = ear.told().await;
    assert_eq!((stream, event.as_str(), id(&payload)), (json!(["hashtag", "Café"]), "update", id(&posted)));

    for stream in ["public", "public:local"] {
        ear.asks(json!({ "type": "unsubscribe", "stream": stream })).await;
    }
    ear.settles().await;
    let reply = json!({ "status": "@bob #cafe", "in_reply_to_id": posted["id"] });
    let reply = alice.post("/api/v1/statuses", reply).await;
    assert_eq!(id(&ear.told().await.2), id(&reply));
    bob.delete(&format!("/api/v1/statuses/{}", id(&posted))).await;
    assert_eq!(ear.hears().await, json!({ "stream": ["hashtag", "Café"], "event": "delete", "payload": id(&posted) }));
    server.finish().await;
}

#[tokio::test]
async fn tokens_come_in_three_ways_and_are_needed() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let refused = |result: Result<Ear, Error>| match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("not refused: {}", other.is_ok()),
    };
    assert_eq!(refused(Ear::at(&server, "").await), 401);
    assert_eq!(refused(Ear::at(&server, "?access_token=wrong").await), 401);
    let app_only = server.token_for(None, &["read"]).await;
    assert_eq!(refused(Ear::at(&server, &format!("?access_token={app_only}")).await), 401);

    let address = format!("{}/api/v1/streaming/?stream=user", server.base.replace("http", "ws"));
    for (header, value) in
        [("authorization", format!("Bearer {}", alice.token)), ("sec-websocket-protocol", alice.token.clone())]
    {
        let mut request = address.as_str().into_client_request().unwrap();
        request.headers_mut().insert(header, value.parse().unwrap());
        let (socket, response) = tokio_tungstenite::connect_async(request).await.unwrap();
        if header == "sec-websocket-protocol" {
            assert_eq!(response.headers()[header], alice.token.as_str(), "it is echoed");
        }
        let posted = alice.posts("hello").await;
        Ear(socket).hears_of("user", "update", &posted).await;
    }

    let narrow = server.token_for(Some(alice.id), &["read:notifications"]).await;
    let mut ear = Ear::at(&server, &format!("/?access_token={narrow}&stream=user")).await.unwrap();
    assert_eq!(ear.hears().await["status"], 403);
    server.finish().await;
}

#[tokio::test]
async fn notifications_come_to_those_who_may_read_them() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let mut user = Ear::of(&server, &alice, &["user"]).await;
    let mut only = Ear::of(&server, &alice, &["user:notification"]).await;
    let narrow = server.token_for(Some(alice.id), &["read:statuses"]).await;
    let narrow = Person::new(&server, alice.id, narrow);
    let mut deaf = Ear::of(&server, &narrow, &["user"]).await;

    let posted = bob.posts("hello @alice").await;
    for (ear, stream) in [(&mut user, "user"), (&mut only, "user:notification")] {
        let (from, event, payload) = ear.told().await;
        assert_eq!((from, event.as_str()), (json!([stream]), "notification"));
        assert_eq!(payload["type"], "mention");
        assert_eq!(payload["account"]["acct"], "bob");
        assert_eq!(id(&payload["status"]), id(&posted));
        assert_eq!(alice.get("/api/v1/notifications").await[0]["id"], payload["id"]);
    }
    let own = alice.posts("the end").await;
    deaf.hears_of("user", "update", &own).await;
    user.hears_of("user", "update", &own).await;
    server.finish().await;
}

#[tokio::test]
async fn conversations_come_to_those_who_take_part() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let carol = server.with_user("carol").await;
    let mut ear = Ear::of(&server, &bob, &["direct"]).await;
    let mut other = Ear::of(&server, &carol, &["direct", "public"]).await;
    let posted = post(&alice, "psst @bob", "direct").await;
    let (stream, event, conversation) = ear.told().await;
    assert_eq!((stream, event.as_str()), (json!(["direct"]), "conversation"));
    assert_eq!(id(&conversation["last_status"]), id(&posted));
    assert_eq!(conversation["accounts"][0]["acct"], "alice");
    assert_eq!(conversation["unread"], true);
    let end = alice.posts("the end").await;
    other.hears_of("public", "update", &end).await;
    server.finish().await;
}

#[tokio::test]
async fn what_another_process_wrote_is_told_and_a_rebuild_is_not() {
    let server = TestServer::start().await;
    let second = server.second().await;
    let alice = server.with_user("alice").await;
    let mut ear = Ear::of(&second, &alice, &["user"]).await;
    let first = alice.posts("over there").await;
    ear.hears_of("user", "update", &first).await;
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    let next = alice.posts("after the rebuild").await;
    ear.hears_of("user", "update", &next).await;
    second.finish().await;
    assert_eq!(ear.next().await, None, "a server that goes down closes its sockets");
    server.finish().await;
}

#[tokio::test]
async fn a_revoked_token_ends_its_streams() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let mut ear = Ear::of(&server, &alice, &["user"]).await;
    let mut other = Ear::of(&server, &bob, &["user"]).await;
    chronodon::auth::tokens::revoke_all(&server.app.server_tables, alice.id).await.unwrap();
    assert_eq!(ear.next().await, None);
    let posted = bob.posts("still here").await;
    other.hears_of("user", "update", &posted).await;
    server.finish().await;
}

#[tokio::test]
async fn server_sent_events_say_the_same() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let health = server.http.get(format!("{}/api/v1/streaming/health", server.base)).send().await.unwrap();
    assert_eq!(health.text().await.unwrap(), "OK");
    assert_eq!(alice.try_get("/api/v1/streaming/hashtag").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(alice.try_get("/api/v1/streaming/list?list=1").await.0, StatusCode::NOT_FOUND);
    assert_eq!(alice.try_get("/api/v1/streaming/nothing").await.0, StatusCode::NOT_FOUND);
    let anonymous = server.http.get(format!("{}/api/v1/streaming/public", server.base)).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);

    let mut answer = alice.request(Method::GET, "/api/v1/streaming/hashtag/local?tag=tea").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut heard = String::new();
    while !heard.ends_with(":)\n") {
        heard += std::str::from_utf8(&answer.chunk().await.unwrap().unwrap()).unwrap();
    }
    let posted = alice.posts("a cup of #Tea").await;
    while !heard.ends_with("\n\n") {
        let chunk = tokio::time::timeout(PATIENCE, answer.chunk()).await.unwrap();
        heard += std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap();
    }
    let (event, data) = heard.trim_start_matches(":)\n").trim_end().split_once('\n').unwrap();
    assert_eq!(event, "event: update");
    let status: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(id(&status), id(&posted));
    server.finish().await;
}

async fn does(person: &Person, action: &str, target: &Person) {
    person.post(&format!("/api/v1/accounts/{}/{action}", target.id), json!({})).await;
}

#[tokio::test]
async fn followers_hear_of_posts_edits_reblogs_and_their_ends() {
    let server = TestServer::start().await;
    let [alice, bob, carol] =
        [server.with_user("alice").await, server.with_user("bob").await, server.with_user("carol").await];
    does(&alice, "follow", &bob).await;
    let mut ear = Ear::of(&server, &alice, &["user"]).await;
    let mut stranger = Ear::of(&server, &carol, &["user"]).await;
    let private = post(&bob, "for followers", "private").await;
    ear.hears_of("user", "update", &private).await;
    post(&bob, "for carol: @carol", "direct").await;
    assert_eq!(stranger.told().await.1, "notification");

    let path = format!("/api/v1/statuses/{}", id(&private));
    let edit = bob.request(Method::PUT, &path).json(&json!({ "status": "for followers, changed" }));
    assert_eq!(bob.send(edit).await.0, StatusCode::OK);
    let edited = ear.hears_of("user", "status.update", &private).await;
    assert!(edited["content"].as_str().unwrap().contains("changed"));

    let quote = json!({ "status": "quotes", "quoted_status_id": id(&carol.posts("quotable").await) });
    stranger.told().await;
    let quoting = bob.post("/api/v1/statuses", quote).await;
    ear.hears_of("user", "update", &quoting).await;
    let (_, _, notification) = stranger.told().await;
    assert_eq!((&notification["type"], &notification["status"]["id"]), (&json!("quote"), &quoting["id"]));
    let quoted = quoting["quote"]["quoted_status"]["id"].as_str().unwrap();
    carol.post(&format!("/api/v1/statuses/{quoted}/quotes/{}/revoke", id(&quoting)), json!({})).await;
    let revoked = ear.hears_of("user", "status.update", &quoting).await;
    assert_eq!(revoked["quote"]["state"], "revoked");

    let told = carol.posts("worth telling").await;
    stranger.hears_of("user", "update", &told).await;
    let reblog = bob.post(&format!("/api/v1/statuses/{}/reblog", id(&told)), json!({})).await;
    let heard = ear.hears_of("user", "update", &reblog).await;
    assert_eq!(heard["reblog"]["id"], told["id"]);
    assert_eq!(stranger.told().await.2["type"], "reblog");
    carol.delete(&format!("/api/v1/statuses/{}", id(&told))).await;
    let gone = ear.hears().await;
    assert_eq!((&gone["event"], &gone["payload"]), (&json!("delete"), &reblog["id"]), "its reblog goes with it");
    bob.delete(&path).await;
    assert_eq!(ear.hears().await["payload"], private["id"]);
    assert_eq!(stranger.hears().await["payload"], told["id"]);
    let end = carol.posts("the end").await;
    stranger.hears_of("user", "update", &end).await;
    server.finish().await;
}

#[tokio::test]
async fn who_is_not_welcome_is_not_heard() {
    let server = TestServer::start().await;
    let [alice, bob, carol] =
        [server.with_user("alice").await, server.with_user("bob").await, server.with_user("carol").await];
    does(&alice, "follow", &bob).await;
    does(&alice, "mute", &carol).await;
    let mut ear = Ear::of(&server, &alice, &["user", "public"]).await;
    let loud = carol.posts("loud, @alice").await;
    bob.post(&format!("/api/v1/statuses/{}/reblog", id(&loud)), json!({})).await;
    bob.posts("listen to @carol").await;
    does(&bob, "block", &alice).await;
    bob.posts("not for alice").await;
    let end = alice.posts("the end").await;
    ear.hears_of("user", "update", &end).await;
    ear.hears_of("public", "update", &end).await;
    server.finish().await;
}

#[tokio::test]
async fn lists_are_heard_by_their_owners() {
    let server = TestServer::start().await;
    let [alice, bob] = [server.with_user("alice").await, server.with_user("bob").await];
    does(&alice, "follow", &bob).await;
    let list = alice.post("/api/v1/lists", json!({ "title": "friends", "exclusive": true })).await;
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({ "account_ids": [bob.id.to_string()] })).await;
    let mut ear = Ear::of(&server, &alice, &["user"]).await;
    let request = json!({ "type": "subscribe", "stream": "list", "list": list["id"] });
    ear.asks(request.clone()).await;
    let mut other = Ear::of(&server, &bob, &[]).await;
    other.asks(request).await;
    assert_eq!(other.hears().await["status"], 404);
    ear.settles().await;
    let posted = bob.posts("hello").await;
    let (stream, event, payload) = ear.told().await;
    assert_eq!((stream, event.as_str(), id(&payload)), (json!(["list", list["id"]]), "update", id(&posted)));
    bob.delete(&format!("/api/v1/statuses/{}", id(&posted))).await;
    // The end of a status is told where it may have stood.
    let ends = [ear.hears().await, ear.hears().await];
    assert!(ends.iter().any(|end| end["stream"] == json!(["list", list["id"]])), "{ends:?}");
    assert!(ends.iter().all(|end| end["payload"] == posted["id"] && end["event"] == "delete"), "{ends:?}");
    server.finish().await;
}
