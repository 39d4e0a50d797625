//! Quotes between servers of our own, and what others may not do about them (FEP-044f).

use chronodon::jobs::refresh_quote;
use chronodon_event_log::Body;
use chronodon_events::quote::QuoteEvent;
use chronodon_events::{Event, Position, StatusId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::elsewhere::{self, Actor, PUBLIC};
use super::trio::{Trio, eventually, finds_status, follows, handle, hears, reads};
use crate::support::tls::Weather;
use crate::support::{Person, TestServer, id};

const TYPE: &str = "QuoteAuthorization";

fn path(status: &Value) -> String {
    format!("/api/v1/statuses/{}", id(status))
}

async fn state_of(person: &Person, status: &Value) -> Value {
    person.get(&path(status)).await["quote"]["state"].clone()
}

async fn becomes(person: &Person, status: &Value, state: &str) {
    eventually(&format!("the quote is {state}"), async || state_of(person, status).await == state).await;
}

async fn quotes(person: &Person, quoted: &Value, text: &str) -> Value {
    person.post("/api/v1/statuses", json!({ "status": text, "quoted_status_id": quoted["id"] })).await
}

/// What authors of a server have said of quotes.
async fn said(server: &TestServer) -> Vec<&'static str> {
    let history = server.app.history(Position::START, 1_000).await.unwrap();
    let said = history.iter().filter_map(|at| match &at.body {
        Body::Event(Event::Quote(QuoteEvent::Approved(_))) => Some("approved"),
        Body::Event(Event::Quote(QuoteEvent::Rejected(_))) => Some("rejected"),
        Body::Event(Event::Quote(QuoteEvent::Revoked(_))) => Some("revoked"),
        _ => None,
    });
    said.collect()
}

/// What a server shows at an address of its own.
async fn document(server: &TestServer, url: &str) -> (StatusCode, Value) {
    let address = format!("{}{}", server.base, url.strip_prefix(&server.app.base_url).unwrap());
    let answer = server.http.get(address).header("accept", "application/activity+json").send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn a_quote_is_asked_for_granted_shown_and_taken_back() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let carol = trio.three.with_user("carol").await;
    follows(&carol, &handle(&trio.one, "alice")).await;
    follows(&alice, &handle(&trio.two, "bob")).await;
    let posted = bob.posts("Herons stand on one leg").await;
    let read = reads(&alice, "Herons").await;
    assert_eq!(read["quote_approval"]["current_user"], "automatic");

    let quoting = quotes(&alice, &read, "Look at this").await;
    becomes(&alice, &quoting, "accepted").await;
    let told = hears(&bob, "quote").await;
    assert_eq!(told["status"]["uri"], quoting["uri"]);
    let bobs = told["status"].clone();
    assert_eq!(bobs["quote"]["quoted_status"]["id"], posted["id"]);
    assert_eq!(bob.get(&path(&posted)).await["quotes_count"], 1);
    assert_eq!(bob.get(&format!("{}/quotes", path(&posted))).await[0]["id"], bobs["id"]);
    assert_eq!(alice.get(&path(&quoting)).await["quote"]["quoted_status"]["uri"], posted["uri"]);

    // A third server believes it when it has read bob's word on bob's server.
    let carols = reads(&carol, "Look at this").await;
    becomes(&carol, &carols, "accepted").await;
    let (_, note) = document(&trio.one, quoting["uri"].as_str().unwrap()).await;
    assert_eq!(note["quote"], posted["uri"]);
    assert_eq!((&note["quoteUri"], &note["_misskey_quote"]), (&posted["uri"], &posted["uri"]));
    assert!(note["content"].as_str().unwrap().starts_with("<p class=\"quote-inline\">RE: <a"));
    let authorization = note["quoteAuthorization"].as_str().unwrap();
    let (code, word) = document(&trio.two, authorization).await;
    assert_eq!((code, &word["type"]), (StatusCode::OK, &json!(TYPE)));
    assert_eq!((&word["interactingObject"], &word["interactionTarget"]), (&quoting["uri"], &posted["uri"]));

    let edit = bob.request(Method::PUT, &path(&posted)).json(&json!({ "status": "Herons sleep on one leg" }));
    assert_eq!(bob.send(edit).await.0, StatusCode::OK);
    assert_eq!(hears(&alice, "quoted_update").await["status"]["id"], quoting["id"]);

    bob.post(&format!("{}/quotes/{}/revoke", path(&posted), id(&bobs)), json!({})).await;
    assert_eq!(bob.get(&path(&posted)).await["quotes_count"], 0);
    becomes(&alice, &quoting, "revoked").await;
    assert_eq!(document(&trio.two, authorization).await.0, StatusCode::NOT_FOUND);
    let (_, note) = document(&trio.one, quoting["uri"].as_str().unwrap()).await;
    assert_eq!(note.get("quoteAuthorization"), None);
    trio.finish().await;
}

#[tokio::test]
async fn policies_hold_across_servers_and_either_side_may_go() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    follows(&alice, &handle(&trio.two, "bob")).await;
    let post = async |text: &str, policy: &str| {
        bob.post("/api/v1/statuses", json!({ "status": text, "quote_approval_policy": policy })).await
    };
    let nobodys = post("For nobody to quote", "nobody").await;
    let read = reads(&alice, "For nobody").await;
    let refused = json!({ "status": "quoted", "quoted_status_id": read["id"] });
    assert_eq!(alice.try_post("/api/v1/statuses", refused).await.0, StatusCode::NOT_FOUND);

    // Bob has thought better of it, and alice does not know.
    let open = post("For followers to quote", "followers").await;
    let read = reads(&alice, "For followers").await;
    trio.fronts[0].turns(Weather::Cut);
    let close = json!({ "quote_approval_policy": "nobody" });
    let policy = format!("{}/interaction_policy", path(&open));
    bob.send(bob.request(Method::PUT, &policy).json(&close)).await;
    let late = quotes(&alice, &read, "too late").await;
    eventually("bob was asked", async || said(&trio.two).await == ["rejected"]).await;
    assert_eq!(state_of(&alice, &late).await, "pending");
    trio.fronts[0].turns(Weather::Fair);
    let client = trio.two.app.server_tables.get().await.unwrap();
    client.execute("UPDATE server.deliveries SET run_at = now()", &[]).await.unwrap();
    becomes(&alice, &late, "rejected").await;
    let open_again = json!({ "quote_approval_policy": "public" });
    bob.send(bob.request(Method::PUT, &policy).json(&open_again)).await;
    let at_alices = path(&read);
    eventually("alice knows the policy", async || {
        alice.get(&at_alices).await["quote_approval"]["automatic"] == json!(["public"])
    })
    .await;

    let (first, second) = (quotes(&alice, &read, "first").await, quotes(&alice, &read, "second").await);
    becomes(&alice, &first, "accepted").await;
    becomes(&alice, &second, "accepted").await;
    alice.delete(&path(&first)).await;
    let counted = path(&open);
    eventually("one is gone", async || bob.get(&counted).await["quotes_count"] == 1).await;
    bob.delete(&counted).await;
    becomes(&alice, &second, "deleted").await;
    assert_eq!(bob.get(&path(&nobodys)).await["quotes_count"], 0);
    trio.finish().await;
}

#[tokio::test]
async fn a_word_is_shown_to_those_who_may_see_what_it_is_about() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let word = |author: &str, status: &Value| {
        format!("{}/users/{author}/quote_authorizations/{}", server.app.base_url, id(status))
    };
    let posted = alice.posts("quoted").await;
    let quoting = quotes(&bob, &posted, "quotes").await;
    let (code, body) = document(&server, &word("alice", &quoting)).await;
    assert_eq!((code, &body["id"]), (StatusCode::OK, &json!(word("alice", &quoting))));
    assert_eq!(body["attributedTo"], format!("{}/users/alice", server.app.base_url));
    for missing in [word("bob", &quoting), word("alice", &posted)] {
        assert_eq!(document(&server, &missing).await.0, StatusCode::NOT_FOUND, "{missing}");
    }
    let private = alice.post("/api/v1/statuses", json!({ "status": "friends", "visibility": "private" })).await;
    let reminder = quotes(&alice, &private, "friends, I said").await;
    assert_eq!(state_of(&alice, &reminder).await, "accepted");
    assert_eq!(document(&server, &word("alice", &reminder)).await.0, StatusCode::NOT_FOUND);
    server.finish().await;
}

/// A quote request of an actor's.
fn request(of: &Actor, quoted: &str, note: &Value) -> Value {
    let mut asked = of.does("QuoteRequest", quoted);
    asked["instrument"] = note.clone();
    asked
}

#[tokio::test]
async fn who_asks_from_elsewhere_is_answered_by_the_policy() {
    let (server, remote) = (TestServer::start().await, elsewhere::Remote::start().await);
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    let own = alice.posts("quote me").await;
    let own_uri = own["uri"].as_str().unwrap();
    let note = |name: &str| {
        let mut note = bob.note(name, "<p>quotes</p>");
        note["quote"] = json!(own_uri);
        remote.shows(note["id"].as_str().unwrap(), note.clone());
        note
    };
    let quotes_of = async || alice.get(&format!("{}/quotes", path(&own))).await.as_array().unwrap().len();

    // Whole in the request, or named alone.
    bob.tells(&server, &request(&bob, own_uri, &note("1"))).await;
    bob.tells(&server, &request(&bob, own_uri, &note("2")["id"])).await;
    assert_eq!(quotes_of().await, 2);
    assert_eq!(hears(&alice, "quote").await["account"]["username"], "bob");

    // Without asking nothing is granted, whatever it says of itself; asked later, it is.
    let mut uninvited = note("3");
    uninvited["quoteAuthorization"] = json!(format!("{}/users/alice/quote_authorizations/1", server.app.base_url));
    bob.tells(&server, &bob.does("Create", uninvited.clone())).await;
    assert_eq!(quotes_of().await, 2);
    bob.tells(&server, &request(&bob, own_uri, &uninvited["id"])).await;
    assert_eq!(quotes_of().await, 3);

    // What was agreed to is agreed to again, though it would not be now.
    let close = json!({ "quote_approval_policy": "nobody" });
    alice.send(alice.request(Method::PUT, &format!("{}/interaction_policy", path(&own))).json(&close)).await;
    bob.tells(&server, &request(&bob, own_uri, &uninvited["id"])).await;
    bob.tells(&server, &request(&bob, own_uri, &note("late"))).await;
    assert_eq!(said(&server).await, ["approved", "approved", "approved", "approved", "rejected"]);
    let open = json!({ "quote_approval_policy": "public" });
    alice.send(alice.request(Method::PUT, &format!("{}/interaction_policy", path(&own))).json(&open)).await;

    // Nobody asks for another, nor with a status that quotes something else.
    let mallory = remote.actor("mallory");
    mallory.tells(&server, &request(&mallory, own_uri, &bob.note("4", "<p>not mine</p>"))).await;
    bob.tells(&server, &request(&bob, own_uri, &bob.note("5", "<p>quotes nothing</p>"))).await;
    assert_eq!(quotes_of().await, 3);

    let account = elsewhere::account_of(&alice, &bob).await;
    alice.post(&format!("/api/v1/accounts/{}/block", id(&account)), json!({})).await;
    bob.tells(&server, &request(&bob, own_uri, &note("6"))).await;
    alice.post(&format!("/api/v1/accounts/{}/unblock", id(&account)), json!({})).await;
    assert_eq!(quotes_of().await, 3);
    assert_eq!(said(&server).await[5..], ["rejected"; 3], "two that are not meant, one blocked");
    server.finish().await;
}

#[tokio::test]
async fn nobody_authorizes_for_another() {
    let server = TestServer::start().await;
    let (remote, third) = (elsewhere::Remote::start().await, elsewhere::Remote::start().await);
    let (alice, bob, eve) = (server.with_user("alice").await, remote.actor("bob"), third.actor("eve"));
    elsewhere::follows(&server, &alice, "alice", &bob).await;
    elsewhere::follows(&server, &alice, "alice", &eve).await;
    let mut quoted = bob.note("1", "<p>quote me</p>");
    quoted["interactionPolicy"] = json!({ "canQuote": { "automaticApproval": [PUBLIC] } });
    let quoted_uri = quoted["id"].as_str().unwrap().to_owned();
    remote.shows(&quoted_uri, quoted.clone());
    bob.tells(&server, &bob.does("Create", quoted)).await;
    let read = reads(&alice, "quote me").await;
    let quoting = quotes(&alice, &read, "quotes").await;
    assert_eq!(state_of(&alice, &quoting).await, "pending");

    let word = |author: &str, quoting: &str, of: &elsewhere::Remote, name: &str| {
        let id = format!("{}/words/{name}", of.base);
        of.shows(
            &id,
            json!({ "id": id, "type": TYPE, "attributedTo": author, "interactingObject": quoting,
                "interactionTarget": quoted_uri }),
        );
        id
    };
    let asked = json!({
        "id": format!("{}/users/alice/quote_requests/{}", server.app.base_url, id(&quoting)),
        "type": "QuoteRequest", "actor": format!("{}/users/alice", server.app.base_url),
        "object": quoted_uri, "instrument": quoting["uri"],
    });
    let accept = |by: &Actor, result: &str| {
        let mut accept = by.does("Accept", asked.clone());
        accept["result"] = json!(result);
        accept
    };
    let uri = quoting["uri"].as_str().unwrap();
    // By somebody else; on another server; by another on bob's server; of another status; of none.
    eve.tells(&server, &accept(&eve, &word(&eve.uri, uri, &third, "eves"))).await;
    eve.tells(&server, &eve.does("Reject", asked.clone())).await;
    bob.tells(&server, &accept(&bob, &word(&bob.uri, uri, &third, "elsewhere"))).await;
    let another = remote.actor("another");
    bob.tells(&server, &accept(&bob, &word(&another.uri, uri, &remote, "anothers"))).await;
    bob.tells(&server, &accept(&bob, &word(&bob.uri, &format!("{uri}0"), &remote, "of-another"))).await;
    bob.tells(&server, &accept(&bob, &format!("{}/words/none", remote.base))).await;
    assert_eq!(state_of(&alice, &quoting).await, "pending");

    // None of that stands in the way of what is true.
    let good = word(&bob.uri, uri, &remote, "good");
    bob.tells(&server, &accept(&bob, &good)).await;
    assert_eq!(state_of(&alice, &quoting).await, "accepted");

    // Only bob takes it back, and then it is not given again by the same word.
    let gone = json!({ "id": good, "type": TYPE });
    eve.tells(&server, &eve.does("Delete", gone.clone())).await;
    another.tells(&server, &another.does("Delete", gone.clone())).await;
    assert_eq!(state_of(&alice, &quoting).await, "accepted");
    bob.tells(&server, &bob.does("Delete", gone)).await;
    assert_eq!(state_of(&alice, &quoting).await, "revoked");
    bob.tells(&server, &accept(&bob, &good)).await;
    assert_eq!(state_of(&alice, &quoting).await, "revoked");
    server.finish().await;
}

#[tokio::test]
async fn what_others_quote_of_others_is_looked_at_again() {
    let server = TestServer::start().await;
    let (remote, third) = (elsewhere::Remote::start().await, elsewhere::Remote::start().await);
    let (alice, bob, eve) = (server.with_user("alice").await, remote.actor("bob"), third.actor("eve"));
    elsewhere::follows(&server, &alice, "alice", &eve).await;
    let quoted = bob.note("1", "<p>quote me</p>");
    let quoted_uri = quoted["id"].as_str().unwrap().to_owned();
    remote.shows(&quoted_uri, quoted.clone());
    let note = |name: &str| {
        let mut note = eve.note(name, "<p>quotes</p>");
        note["quote"] = json!(quoted_uri);
        note
    };
    let word = |name: &str, note: &mut Value| {
        let id = format!("{}/words/{name}", remote.base);
        let word = json!({ "id": id, "type": TYPE, "attributedTo": bob.uri, "interactingObject": note["id"],
            "interactionTarget": quoted_uri });
        remote.shows(&id, word);
        note["quoteAuthorization"] = json!(id);
    };
    let mut notes = [note("update"), note("again")];
    let mut read = Vec::new();
    for note in &notes {
        eve.tells(&server, &eve.does("Create", note.clone())).await;
        read.push(finds_status(&alice, note["id"].as_str().unwrap()).await);
        assert_eq!(state_of(&alice, read.last().unwrap()).await, "pending");
    }

    let planned = async || {
        let client = server.app.server_tables.get().await.unwrap();
        let sql = "SELECT count(*) FROM server.jobs WHERE kind = 'refresh_quote' AND run_at > now()";
        client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0)
    };
    eventually("both are to be looked at again", async || planned().await == 2).await;

    word("update", &mut notes[0]);
    eve.tells(&server, &eve.does("Update", notes[0].clone())).await;
    assert_eq!(state_of(&alice, &read[0]).await, "accepted");
    let quoted = alice.get(&path(&read[0])).await["quote"]["quoted_status"].clone();
    assert_eq!((&quoted["uri"], &quoted["quotes_count"]), (&json!(quoted_uri), &json!(1)));

    word("again", &mut notes[1]);
    third.shows(notes[1]["id"].as_str().unwrap(), notes[1].clone());
    let again = StatusId(id(&read[1]).parse().unwrap());
    refresh_quote::run(&server.app, again, 0).await.unwrap();
    assert_eq!(state_of(&alice, &read[1]).await, "accepted");

    bob.tells(&server, &bob.does("Delete", format!("{}/words/again", remote.base))).await;
    assert_eq!(state_of(&alice, &read[1]).await, "revoked");
    bob.tells(&server, &bob.does("Delete", json!({ "id": quoted_uri, "type": "Tombstone" }))).await;
    assert_eq!(state_of(&alice, &read[0]).await, "deleted");
    server.finish().await;
}
