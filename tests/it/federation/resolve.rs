//! What other servers publish, found and taken in; and those that mean no good.

use std::time::Duration;

use chronodon::federation::resolve::{self, Budget, Freshness, ResolveError};
use chronodon::federation::{refresh, replies};
use chronodon_activitypub::uri::{Uri, UriRules};
use chronodon_events::StatusId;
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use serde_json::{Value, json};

use super::elsewhere::Remote;
use crate::support::process::{chronodon, data_directory};
use crate::support::{Person, TestServer};

fn uri(text: &str) -> Uri {
    Uri::parse(text, UriRules::AlsoLoopback).unwrap()
}

async fn search(person: &Person, query: &str) -> Value {
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    person.get(&format!("/api/v2/search?resolve=true&q={query}")).await
}

async fn status(server: &TestServer, address: &str) -> Result<i64, ResolveError> {
    resolve::status(&server.app, &uri(address), &Budget::default()).await.map(|row| row.id)
}

async fn actor(server: &TestServer, address: &str) -> Result<i64, ResolveError> {
    resolve::actor(&server.app, &uri(address), Freshness::Any).await.map(|row| row.id)
}

const EVIL: &str =
    "<script>alert(1)</script><img src=x onerror=alert(1)><a href=\"javascript:alert(1)\" onclick=x()>a</a>";

fn is_clean(html: &Value) {
    let html = html.as_str().unwrap();
    for bad in ["<script", "<img", "onerror", "onclick", "javascript:"] {
        assert!(!html.contains(bad), "{html}");
    }
}

#[tokio::test]
async fn a_handle_and_an_address_find_one_account_whose_html_is_harmless() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let alice = server.with_user("alice").await;
    let field = json!({"type": "PropertyValue", "name": "site", "value": EVIL});
    let bob = remote.profile("bob", json!({"name": "Bob\u{0}\u{8}\nby", "summary": EVIL, "attachment": [field]}));
    let found = search(&alice, &format!("@bob@{}", remote.host)).await;
    let account = &found["accounts"][0];
    assert_eq!(account["acct"], format!("bob@{}", remote.host));
    assert_eq!((&account["display_name"], &account["uri"]), (&json!("Bob by"), &json!(bob)));
    is_clean(&account["note"]);
    is_clean(&account["fields"][0]["value"]);
    for again in [bob.clone(), format!("bob@{}", remote.host)] {
        assert_eq!(search(&alice, &again).await["accounts"][0]["id"], account["id"]);
    }
    assert_eq!(remote.asked_below("/users/bob"), 1, "what is known is not asked for");
    let followed = alice.post(&format!("/api/v1/accounts/{}/follow", account["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(followed["requested"], true);
    let looked_up = alice.get(&format!("/api/v1/accounts/lookup?acct=bob@{}", remote.host)).await;
    assert_eq!(looked_up["id"], account["id"]);
    server.finish().await;
}

#[tokio::test]
async fn a_post_comes_with_its_author_its_thread_and_all_that_it_names() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let alice = server.with_user("alice").await;
    let (bob, carol) = (remote.profile("bob", json!({})), remote.profile("carol", json!({})));
    let root = remote.note("carol", "1", json!({}));
    let answer = remote.note("bob", "2", json!({"inReplyTo": root}));
    let here = format!("{}/users/alice", server.base);
    let post = remote.note("carol", "3", json!({
        "type": "Question", "inReplyTo": answer, "content": format!("<p>hello{EVIL}</p>"), "summary": "careful",
        "sensitive": true, "contentMap": {"de": "<p>hallo</p>"},
        "tag": [
            {"type": "Mention", "href": here, "name": "@alice"}, {"type": "Mention", "href": bob, "name": "@bob"},
            {"type": "Hashtag", "name": "#Cats", "href": "https://x.example/tags/cats"},
            {"type": "Emoji", "name": ":evil:", "icon": {"url": remote.url("/evil.png")}},
        ],
        "attachment": (0..6).map(|i| json!({"type": "Document", "mediaType": "image/png", "url": remote.url(&format!("/{i}.png"))})).collect::<Vec<_>>(),
        "endTime": "2999-01-01T00:00:00Z",
        "oneOf": [{"name": "yes", "replies": {"totalItems": 3}}, {"name": "<b>no</b>", "replies": {"totalItems": 1}}],
    }));
    let found = search(&alice, &post).await;
    let status = &found["statuses"][0];
    assert_eq!((&status["uri"], &status["account"]["uri"]), (&json!(post), &json!(carol)));
    assert_eq!((&status["spoiler_text"], &status["sensitive"]), (&json!("careful"), &json!(true)));
    is_clean(&status["content"]);
    let acct = |mention: &Value| mention["acct"].as_str().unwrap().to_owned();
    let mentioned: Vec<String> = status["mentions"].as_array().unwrap().iter().map(acct).collect();
    assert_eq!(mentioned, ["alice".to_owned(), format!("bob@{}", remote.host)]);
    assert_eq!(status["tags"][0]["name"], "cats");
    assert_eq!(status["media_attachments"].as_array().unwrap().len(), 4);
    assert_eq!((&status["poll"]["votes_count"], &status["poll"]["options"][0]["votes_count"]), (&json!(4), &json!(3)));
    let thread = alice.get(&format!("/api/v1/statuses/{}/context", status["id"].as_str().unwrap())).await;
    let uris: Vec<_> = thread["ancestors"].as_array().unwrap().iter().map(|status| status["uri"].clone()).collect();
    assert_eq!(uris, [json!(root), json!(answer)]);
    server.finish().await;
}

#[tokio::test]
async fn articles_and_pages_are_read_as_posts_and_quotes_need_a_word() {
    let (server, remote, other) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    let alice = server.with_user("alice").await;
    remote.profile("bob", json!({}));
    let quoted_author = other.profile("dora", json!({}));
    let article =
        remote.note("bob", "a", json!({"type": "Article", "name": "A <i>title</i>", "summary": "<p>short</p>"}));
    let content = search(&alice, &article).await["statuses"][0]["content"].clone();
    assert!(content.as_str().unwrap().contains("short") && content.as_str().unwrap().contains(&article), "{content}");
    assert!(!content.as_str().unwrap().contains("<i>"), "a title is plain text: {content}");

    let quoted = other.note("dora", "q", json!({}));
    let word = |object: &str| {
        json!({
            "id": other.url("/word"), "type": "QuoteAuthorization", "attributedTo": quoted_author,
            "interactingObject": object, "interactionTarget": quoted,
        })
    };
    other.shows("/word", word(&remote.url("/notes/good")));
    let quote = |authorization: String| json!({"quote": quoted, "quoteAuthorization": authorization});
    let cases = [
        ("good", quote(other.url("/word")), "accepted"),
        ("stolen", quote(other.url("/word")), "pending"),
        ("own-word", quote(remote.url("/word")), "pending"),
        ("no-word", json!({"quoteUri": quoted}), "pending"),
    ];
    remote.shows("/word", word(&remote.url("/notes/own-word")));
    for (id, more, state) in cases {
        let note = status(&server, &remote.note("bob", id, more)).await.unwrap();
        let rows = chronodon_projections::core::quotes::by_statuses(&server.app.reader, &[note]).await.unwrap();
        assert_eq!(rows[0].state, state, "{id}");
    }
    server.finish().await;
}

#[tokio::test]
async fn nobody_speaks_for_another_server() {
    let (server, good, evil) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    server.with_user("alice").await;
    let dora = good.profile("dora", json!({}));
    good.note("dora", "1", json!({}));
    evil.profile("mallory", json!({}));

    // A document that says it is another server's is asked for there.
    evil.shows(
        "/claims",
        json!({
            "id": good.url("/notes/1"), "type": "Note", "attributedTo": dora, "content": "forged",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
        }),
    );
    let taken = status(&server, &evil.url("/claims")).await.unwrap();
    let row = chronodon_projections::core::statuses::by_ids(&server.app.reader, &[taken]).await.unwrap().remove(0);
    assert_eq!(row.text, "<p>note 1</p>");

    // One that says it is of an author elsewhere is not taken, nor one of our own, nor one that is never itself.
    evil.note("mallory", "2", json!({"attributedTo": dora}));
    evil.note("mallory", "3", json!({"id": format!("{}/users/alice/statuses/1", server.base)}));
    evil.shows("/loop", json!({"id": evil.url("/loop2"), "type": "Note"}));
    evil.shows("/loop2", json!({"id": evil.url("/loop"), "type": "Note"}));
    for path in ["/notes/2", "/notes/3", "/loop"] {
        assert!(status(&server, &evil.url(path)).await.unwrap_err().is_final(), "{path}");
    }

    // Handles: of this server, of a server that does not say so, and with another name.
    let ours = format!("alice@{}", server.app.domain);
    evil.profile("spoof", json!({"webfinger": ours, "preferredUsername": "alice"}));
    let acct = format!("alice@{}", evil.host);
    evil.finds(&acct, &ours, &evil.url("/users/spoof"));
    evil.profile("dora", json!({"webfinger": format!("dora@{}", good.host)}));
    evil.profile("eve", json!({"preferredUsername": "mallory"}));
    for name in ["spoof", "dora", "eve"] {
        assert!(
            matches!(actor(&server, &evil.url(&format!("/users/{name}"))).await, Err(ResolveError::Invalid("handle"))),
            "{name}"
        );
    }
    assert!(resolve::handle(&server.app, &acct).await.is_err());
    let alice = resolve::handle(&server.app, &ours).await.unwrap();
    assert!(alice.domain.is_none());

    // A redirect leads to what stands there, and no further.
    evil.redirects("/to-dora", &dora);
    evil.redirects("/as-evil", &good.url("/as-evil"));
    good.shows("/as-evil", json!({"id": evil.url("/as-evil"), "type": "Person"}));
    let known = actor(&server, &dora).await.unwrap();
    assert_eq!(actor(&server, &evil.url("/to-dora")).await.unwrap(), known);
    assert!(actor(&server, &evil.url("/as-evil")).await.is_err());

    evil.refuses("/gone", 410);
    assert!(matches!(status(&server, &evil.url("/gone")).await, Err(ResolveError::Gone)));
    let asked = evil.asked_below("/gone");
    assert!(status(&server, &evil.url("/gone")).await.is_err());
    assert_eq!(evil.asked_below("/gone"), asked, "what failed is not asked for again at once");
    server.finish().await;
}

#[tokio::test]
async fn suspended_servers_are_not_asked() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let bob = remote.profile("bob", json!({}));
    let block = DomainBlocked {
        domain: remote.host.clone(),
        severity: Severity::Suspend,
        reject_media: false,
        reject_reports: false,
        public_comment: None,
        private_comment: None,
        obfuscate: false,
    };
    server.app.commands.block_domain(chronodon::commands::By::operator(), block).await.unwrap();
    assert!(matches!(actor(&server, &bob).await, Err(ResolveError::Refused)));
    let handle = format!("bob@{}", remote.host);
    assert!(matches!(resolve::handle(&server.app, &handle).await, Err(ResolveError::Refused)));
    assert_eq!(remote.asked_below("/"), 0);
    server.finish().await;
}

#[tokio::test]
async fn mentions_threads_and_collections_without_end_are_cut() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    remote.profile("bob", json!({}));
    let bomb: Vec<_> =
        (0..900).map(|i| json!({"type": "Mention", "href": remote.url(&format!("/bomb/{i}"))})).collect();
    status(&server, &remote.note("bob", "bomb", json!({"tag": bomb}))).await.unwrap();
    assert!(remote.asked_below("/bomb/") <= 10, "{}", remote.asked_below("/bomb/"));

    for i in 0..60 {
        let parent = remote.url(&format!("/notes/deep{}", i + 1));
        remote.note("bob", &format!("deep{i}"), json!({"inReplyTo": parent}));
    }
    status(&server, &remote.url("/notes/deep0")).await.unwrap();
    assert!(remote.asked_below("/notes/deep") <= 20, "{}", remote.asked_below("/notes/deep"));

    remote.never_ends("/endless/");
    let reply = remote.note("bob", "reply", json!({"inReplyTo": remote.url("/notes/root")}));
    let replies_of_root = json!({"type": "Collection", "first": {"type": "CollectionPage", "items": [reply], "next": remote.url("/endless/0")}});
    let root = status(&server, &remote.note("bob", "root", json!({"replies": replies_of_root}))).await.unwrap();
    tokio::time::timeout(Duration::from_secs(110), replies::fetch(&server.app, StatusId(root))).await.unwrap().unwrap();
    let (pages, posts) = (remote.asked_below("/endless/"), remote.asked_below("/no/"));
    assert!((10..=100).contains(&pages) && posts <= 100, "{pages} pages, {posts} posts");
    let taken = resolve::known_status(&server.app, &uri(&reply)).await.unwrap().unwrap();
    assert_eq!(taken.in_reply_to_id, Some(root));
    server.finish().await;
}

#[tokio::test]
async fn threads_that_bite_their_tails_and_pages_elsewhere_end() {
    let (server, remote, elsewhere) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    let alice = server.with_user("alice").await;
    remote.actor("bob", json!({}));
    let of = |name: &str| json!({"inReplyTo": remote.url(&format!("/notes/{name}"))});
    for (name, parent) in [("a", "b"), ("b", "c"), ("c", "a"), ("itself", "itself")] {
        remote.note("bob", name, of(parent));
    }
    for name in ["a", "itself"] {
        let id = status(&server, &remote.url(&format!("/notes/{name}"))).await.unwrap();
        let context = alice.get(&format!("/api/v1/statuses/{id}/context")).await;
        assert!(context["ancestors"].as_array().unwrap().len() <= 2, "{name}: {context}");
        assert_eq!(context["descendants"], json!([]), "{name}");
    }
    assert!(remote.asked("/notes/") <= 8, "{}", remote.asked("/notes/"));

    // A page that leads to itself, and one that leads to another server.
    let page = |next: String| json!({"type": "CollectionPage", "items": [], "next": next});
    remote.put("/page", page(remote.url("/page")));
    let bait = elsewhere.url("/page");
    for (name, next) in [("looping", remote.url("/page")), ("leading", bait)] {
        let replies = json!({"replies": {"type": "Collection", "first": page(next)}});
        let root = status(&server, &remote.note("bob", name, replies)).await.unwrap();
        replies::fetch(&server.app, StatusId(root)).await.unwrap();
    }
    assert_eq!((remote.asked("/page"), elsewhere.asked("/")), (1, 0));
    server.finish().await;
}

#[tokio::test]
async fn who_is_mentioned_here_is_met_and_what_is_old_is_asked_for_again() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let alice = server.with_user("alice").await;
    remote.profile("bob", json!({"name": "Bob"}));
    let posted = alice.posts(&format!("hello @bob@{0} and @nobody@{0}", remote.host)).await;
    assert_eq!(posted["mentions"].as_array().unwrap().len(), 1);
    assert_eq!(posted["mentions"][0]["acct"], format!("bob@{}", remote.host));

    let bob = resolve::handle(&server.app, &format!("bob@{}", remote.host)).await.unwrap();
    remote.profile("bob", json!({"name": "Robert"}));
    refresh::account(&server.app, chronodon_events::AccountId(bob.id)).await.unwrap();
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}", bob.id)).await["display_name"], "Robert");

    let question = |votes| {
        json!({"type": "Question", "endTime": "2999-01-01T00:00:00Z", "oneOf": [
            {"name": "yes", "replies": {"totalItems": votes}}, {"name": "no", "replies": {"totalItems": 0}},
        ]})
    };
    let id = status(&server, &remote.note("bob", "poll", question(1))).await.unwrap();
    remote.note("bob", "poll", question(5));
    alice.get(&format!("/api/v1/polls/{id}")).await;
    let mut votes = json!(1);
    for _ in 0..100 {
        votes = alice.get(&format!("/api/v1/polls/{id}")).await["votes_count"].clone();
        if votes == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(votes, 5);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_what_would_be_made_of_it() {
    let remote = Remote::start().await;
    remote.profile("bob", json!({"name": "Bob"}));
    let note = remote.note("bob", "1", json!({"content": EVIL}));
    let (_directory, data) = data_directory();
    let fetch = |what: String, more: &'static [&'static str]| {
        let mut command = chronodon(&data);
        command.env("CHRONODON_FEDERATION__ALLOWED_PRIVATE_NETWORKS", "[\"127.0.0.0/8\"]");
        command.env("CHRONODON_SERVER__DOMAIN", "127.0.0.1:3000");
        command.args(["--json", "federation", "fetch", &what]).args(more);
        async move { tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap() }
    };
    let read = |output: std::process::Output| -> Value {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let shown = read(fetch(note.clone(), &["--dry-run"]).await);
    is_clean(&shown["status"]["text"]);
    let shown = read(fetch(format!("@bob@{}", remote.host), &["--dry-run"]).await);
    assert_eq!(
        (&shown["account"]["username"], &shown["account"]["profile"]["display_name"]),
        (&json!("bob"), &json!("Bob"))
    );
    let log = chronodon(&data).args(["--json", "log", "tail"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&log.stdout).contains("account.discovered"), "a dry run stores nothing");
    let stored = read(fetch(note, &[]).await);
    assert!(stored["id"].as_str().unwrap().parse::<i64>().unwrap() > 0);
    assert!(!fetch(remote.url("/nothing"), &[]).await.status.success());
}
