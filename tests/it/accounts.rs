//! Accounts: finding and reading them, their statuses, one's own profile.

mod command_line;
mod pictures;
mod sign_up;
mod visibility;

use chronodon::commands::By;
use chronodon_domain::account::Command;
use chronodon_events::custom_emoji::CustomEmojiAdded;
use chronodon_events::values::ImageFile;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

/// The first words of the statuses of a page.
fn texts(page: &Value) -> Vec<&str> {
    let words = page.as_array().unwrap().iter().map(|status| status["content"].as_str().unwrap());
    words.map(|html| html.trim_start_matches("<p>").split(['<', ' ']).next().unwrap()).collect()
}

/// Without a token.
async fn anonymous(server: &TestServer, path: &str) -> (StatusCode, Value) {
    let response = server.http.get(format!("{}{path}", server.base)).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn patch(person: &Person, body: Value) -> (StatusCode, Value) {
    let request = person.request(Method::PATCH, "/api/v1/accounts/update_credentials");
    person.send(request.json(&body)).await
}

#[tokio::test]
async fn an_account_is_found_by_id_and_by_name() {
    let server = TestServer::start().await;
    let alice = server.with_user("Alice").await;
    let bob = server.with_user("bob").await;
    let path = format!("/api/v1/accounts/{}", alice.id);
    let (status, seen) = anonymous(&server, &path).await;
    assert_eq!((status, &seen["acct"]), (StatusCode::OK, &json!("Alice")));
    assert!(seen.get("suspended").is_none() && seen.get("source").is_none());
    assert!(seen["created_at"].as_str().unwrap().ends_with("T00:00:00.000Z"));

    for acct in ["alice", "@ALICE", &format!("Alice@{}", server.app.domain)] {
        let found = bob.get(&format!("/api/v1/accounts/lookup?acct={acct}")).await;
        assert_eq!(found, seen, "{acct}");
    }
    for missing in ["lookup?acct=carol", "lookup?acct=alice@elsewhere.example", "lookup", "1", "alice"] {
        let (status, body) = bob.try_get(&format!("/api/v1/accounts/{missing}")).await;
        assert_eq!((status, &body["error"]), (StatusCode::NOT_FOUND, &json!("Record not found")), "{missing}");
    }
    let both = bob.get(&format!("/api/v1/accounts?id[]={}&id[]=7&id[]={}", bob.id, alice.id)).await;
    let names: Vec<_> = both.as_array().unwrap().iter().map(|account| account["acct"].as_str().unwrap()).collect();
    assert_eq!(names, ["bob", "Alice"]);
    assert_eq!(bob.get(&format!("{path}/featured_tags")).await, json!([]));
    server.finish().await;
}

#[tokio::test]
async fn names_are_searched_by_their_beginning() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    server.with_user("alicia").await;
    let (status, _) = patch(&bob, json!({ "display_name": "Ali Baba" })).await;
    assert_eq!(status, StatusCode::OK);
    let search = async |query: &str| {
        let found = alice.get(&format!("/api/v1/accounts/search?{query}")).await;
        let names = found.as_array().unwrap().iter().map(|account| account["acct"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let mut all = search("q=ALI").await;
    all.sort();
    assert_eq!(all, ["alice", "alicia", "bob"]);
    assert_eq!(search("q=@alice").await, ["alice"]);
    assert_eq!(search("q=ali&limit=2&offset=2").await.len(), 1);
    assert_eq!(search("q=ali&following=true").await, Vec::<String>::new());
    assert_eq!(search("q=").await, Vec::<String>::new());
    assert_eq!(search("q=%25").await, Vec::<String>::new());
    assert_eq!(anonymous(&server, "/api/v1/accounts/search?q=a").await.0, StatusCode::UNAUTHORIZED);

    let listed = alice.get("/api/v1/directory?order=new&limit=1&offset=1").await;
    assert_eq!(listed[0]["acct"], "bob");
    bob.posts("here I am").await;
    assert_eq!(alice.get("/api/v1/directory").await[0]["acct"], "bob");
    server.finish().await;
}

#[tokio::test]
async fn statuses_of_an_account_are_filtered_and_paged() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let first = alice.posts("one #Café").await;
    let of_bob = bob.posts("hello").await;
    let answer = json!({ "status": "two @bob", "in_reply_to_id": id(&of_bob) });
    alice.post("/api/v1/statuses", answer).await;
    let thread = json!({ "status": "three", "in_reply_to_id": id(&first) });
    let third = alice.post("/api/v1/statuses", thread).await;
    alice.post("/api/v1/statuses", json!({ "status": "four @bob", "visibility": "direct" })).await;
    alice.post("/api/v1/statuses", json!({ "status": "five", "visibility": "private" })).await;
    let path = format!("/api/v1/accounts/{}/statuses", alice.id);
    let get = async |person: &Person, query: &str| person.get(&format!("{path}?{query}")).await;

    assert_eq!(texts(&get(&alice, "").await), ["five", "four", "three", "two", "one"]);
    assert_eq!(texts(&get(&bob, "").await), ["four", "three", "two", "one"]);
    assert_eq!(texts(&anonymous(&server, &path).await.1), ["three", "two", "one"]);
    assert_eq!(texts(&get(&bob, "exclude_replies=true").await), ["four", "three", "one"]);
    assert_eq!(texts(&get(&bob, "only_media=1").await), Vec::<&str>::new());
    assert_eq!(texts(&get(&bob, "tagged=CAFE").await), ["one"]);
    assert_eq!(texts(&get(&bob, "tagged=tea").await), Vec::<&str>::new());
    assert_eq!(texts(&get(&bob, "pinned=true").await), Vec::<&str>::new());

    let page = bob.request(Method::GET, &format!("{path}?limit=2&exclude_reblogs=true")).send().await.unwrap();
    let link = page.headers()["link"].to_str().unwrap().to_owned();
    let page: Value = page.json().await.unwrap();
    assert_eq!(texts(&page), ["four", "three"]);
    assert!(link.contains(&format!("max_id={}>; rel=\"next\"", id(&third))), "{link}");
    assert!(link.contains(&format!("min_id={}>; rel=\"prev\"", id(&page[0]))), "{link}");
    assert!(link.contains("exclude_reblogs=true"), "{link}");
    assert_eq!(texts(&get(&bob, &format!("max_id={}", id(&third))).await), ["two", "one"]);
    assert_eq!(texts(&get(&bob, &format!("limit=1&min_id={}", id(&first))).await), ["two"]);
    assert_eq!(texts(&get(&bob, &format!("limit=1&since_id={}", id(&first))).await), ["four"]);
    server.finish().await;
}

#[tokio::test]
async fn ones_own_account_says_more() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let own = alice.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(own["source"]["privacy"], "public");
    assert_eq!(own["source"]["follow_requests_count"], 0);
    assert_eq!(own["role"]["permissions"], "0");
    let token = server.token_for(None, &["read"]).await;
    let request = server.http.get(format!("{}/api/v1/accounts/verify_credentials", server.base)).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNPROCESSABLE_ENTITY);
    server.finish().await;
}

#[tokio::test]
async fn a_profile_is_changed_in_part() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let fields = json!({ "0": { "name": "Web", "value": "https://example.org" }, "1": { "name": "", "value": "" } });
    let body = json!({
        "display_name": " Alice <3 ", "note": "I am #here", "locked": "true", "bot": true, "fields_attributes": fields,
        "source": { "privacy": "unlisted", "sensitive": "1", "language": "de" },
    });
    let (status, own) = patch(&alice, body).await;
    assert_eq!(status, StatusCode::OK, "{own}");
    assert_eq!((&own["display_name"], &own["locked"], &own["bot"]), (&json!("Alice <3"), &json!(true), &json!(true)));
    assert!(own["note"].as_str().unwrap().contains("mention hashtag"));
    assert_eq!(own["source"]["note"], "I am #here");
    assert_eq!(
        own["source"]["fields"],
        json!([{ "name": "Web", "value": "https://example.org", "verified_at": null }])
    );
    assert!(own["fields"][0]["value"].as_str().unwrap().contains("rel=\"nofollow noopener me\""));
    assert_eq!(alice.get("/api/v1/accounts/verify_credentials").await, own);
    let preferences = alice.get("/api/v1/preferences").await;
    assert_eq!(preferences["posting:default:visibility"], "unlisted");
    assert_eq!(preferences["posting:default:sensitive"], true);
    assert_eq!(preferences["posting:default:language"], "de");

    // As a form, and without what was said before.
    let form = [("fields_attributes[0][name]", "A"), ("fields_attributes[0][value]", "b"), ("discoverable", "false")];
    let request = alice.request(Method::PATCH, "/api/v1/accounts/update_credentials").form(&form);
    let (status, own) = alice.send(request).await;
    assert_eq!(status, StatusCode::OK, "{own}");
    assert_eq!(own["display_name"], "Alice <3");
    assert_eq!((&own["fields"][0]["name"], &own["discoverable"]), (&json!("A"), &json!(false)));
    assert_eq!(own["source"]["privacy"], "unlisted");

    let profile = alice.get("/api/v1/profile").await;
    assert_eq!((&profile["note"], &profile["avatar"]), (&json!("I am #here"), &Value::Null));
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(alice.get("/api/v1/accounts/verify_credentials").await, own);
    server.finish().await;
}

#[tokio::test]
async fn changes_out_of_bounds_are_refused_and_the_same_twice_is_no_event() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let field = json!({ "name": "a", "value": "b" });
    for (body, words) in [
        (json!({ "display_name": "a".repeat(100) }), "Display name is too long"),
        (json!({ "note": "a".repeat(501) }), "Note is too long"),
        (json!({ "fields_attributes": vec![field; 5] }), "Fields is too long"),
        (json!({ "source": { "privacy": "direct" } }), "Default privacy"),
        (json!({ "source": { "language": "<b>" } }), "Default language"),
    ] {
        let (status, answer) = patch(&alice, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer}");
    }
    patch(&alice, json!({ "note": "once" })).await;
    let head = server.app.head().await.unwrap();
    let (status, _) = patch(&alice, json!({ "note": "once" })).await;
    assert_eq!((status, server.app.head().await.unwrap()), (StatusCode::OK, head));
    let token = server.token_for(Some(alice.id), &["read"]).await;
    let reader = Person::new(&server, alice.id, token);
    assert_eq!(patch(&reader, json!({ "note": "no" })).await.0, StatusCode::FORBIDDEN);
    server.finish().await;
}

#[tokio::test]
async fn a_suspended_account_is_a_shell() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    patch(&alice, json!({ "display_name": "canary", "note": "canary" })).await;
    let posted = alice.posts("canary").await;
    let suspend = Command::Suspend { reason: None };
    server.app.commands.change_account(By::operator(), "alice", &suspend).await.unwrap();
    let path = format!("/api/v1/accounts/{}", alice.id);
    let shell = bob.get(&path).await;
    assert_eq!((&shell["suspended"], &shell["acct"]), (&json!(true), &json!("alice")));
    assert!(!shell.to_string().contains("canary"), "{shell}");
    assert_eq!(bob.get(&format!("{path}/statuses")).await, json!([]));
    assert_eq!(bob.try_get(&format!("/api/v1/statuses/{}", id(&posted))).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bob.get("/api/v1/accounts/search?q=alice").await, json!([]));
    assert_eq!(alice.try_get("/api/v1/accounts/verify_credentials").await.0, StatusCode::FORBIDDEN);

    server.app.commands.change_account(By::operator(), "alice", &Command::Unsuspend).await.unwrap();
    assert_eq!(bob.get(&path).await["display_name"], "canary");
    assert_eq!(texts(&bob.get(&format!("{path}/statuses")).await), ["canary"]);
    server.finish().await;
}

#[tokio::test]
async fn custom_emojis_in_a_profile_are_named() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let image = ImageFile { path: "emojis/1/a.png".to_owned(), ..ImageFile::default() };
    for shortcode in ["cat", "dog", "bird"] {
        let (shortcode, image) = (shortcode.to_owned(), image.clone());
        let added = CustomEmojiAdded { shortcode, image, category: None, visible_in_picker: true };
        server.app.commands.add_custom_emoji(By::operator(), added).await.unwrap();
    }
    let field = json!([{ "name": "pet", "value": ":dog:" }]);
    let (_, own) = patch(&alice, json!({ "display_name": "a :cat: :fish:", "fields_attributes": field })).await;
    let named: Vec<_> = own["emojis"].as_array().unwrap().iter().map(|emoji| &emoji["shortcode"]).collect();
    assert_eq!(named, ["cat", "dog"]);
    server.finish().await;
}
