//! Posts of every kind, with all that can hang on one, read on the other side.

use chronodon::commands::By;
use chronodon_events::custom_emoji::CustomEmojiAdded;
use chronodon_events::values::ImageFile;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Friends, knows, uri};
use crate::federation::elsewhere::PUBLIC;
use crate::federation::trio::{eventually, hears, reads};
use crate::media::{path, picture};
use crate::support::{Person, id};

/// The public collection, as compacted JSON-LD writes it.
const PUBLIC_COMPACT: &str = "as:Public";

#[tokio::test]
async fn posts_of_every_kind_are_read_on_the_other_side() {
    let friends = Friends::meet().await;
    they_post_all_there_is(&friends).await;
    they_post_to_some(&friends).await;
    we_post_all_there_is(&friends).await;
    we_post_to_some(&friends).await;
    friends.finish().await;
}

async fn they_post_all_there_is(friends: &Friends) {
    let Friends { server, alice, bob, .. } = friends;
    let all = json!({
        "content": "<p>All of it :blob:</p>", "summary": "Careful", "sensitive": true, "images": [{ "name": "blue" }],
        "tags": ["cats"], "emojis": ["blob"], "mentions": [friends.alice_url],
    });
    let note = bob.does("post", all).await["object"].clone();
    let read = reads(alice, "All of it").await;
    assert_eq!((&read["uri"], &read["visibility"]), (&note, &json!("public")));
    assert_eq!((&read["spoiler_text"], &read["sensitive"]), (&json!("Careful"), &json!(true)));
    assert_eq!((&read["tags"][0]["name"], &read["emojis"][0]["shortcode"]), (&json!("cats"), &json!("blob")));
    assert_eq!(read["mentions"][0]["username"], "alice");
    assert_eq!(hears(alice, "mention").await["status"]["id"], read["id"]);
    let media = &read["media_attachments"][0];
    assert_eq!((&media["type"], &media["description"]), (&json!("image"), &json!("blue")));
    for url in [&media["url"], &read["emojis"][0]["url"]] {
        let file = server.http.get(url.as_str().unwrap()).send().await.unwrap();
        assert_eq!((file.status(), &file.headers()["content-type"]), (StatusCode::OK, &"image/png".parse().unwrap()));
    }
}

async fn they_post_to_some(friends: &Friends) {
    let Friends { server, alice, bob, .. } = friends;
    let carol = server.with_user("carol").await;
    let kinds = [("public", "public"), ("unlisted", "unlisted"), ("followers", "private"), ("direct", "direct")];
    for (to, visibility) in kinds {
        let content = format!("<p>There: {to}</p>");
        bob.does("post", json!({ "content": content, "to": to, "mentions": [friends.alice_url] })).await;
        let read = match to {
            "direct" => {
                eventually("alice is told", async || told(alice, "There: direct").await.is_some()).await;
                told(alice, "There: direct").await.unwrap()
            }
            _ => reads(alice, &format!("There: {to}")).await,
        };
        assert_eq!(read["visibility"], visibility);
        let open = matches!(to, "public" | "unlisted");
        let seen = carol.try_get(&format!("/api/v1/statuses/{}", id(&read))).await.0;
        assert_eq!(seen, if open { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{to}");
    }
    let question = alice.posts("A question").await;
    let answer = json!({ "content": "<p>An answer</p>", "in_reply_to": uri(&question) });
    bob.does("post", answer).await;
    assert_eq!(reads(alice, "An answer").await["in_reply_to_id"], question["id"]);
    friends.counts(&question, "replies_count", 1).await;
}

/// What Alice was told that somebody has said to her.
async fn told(alice: &Person, text: &str) -> Option<Value> {
    let page = alice.get("/api/v1/notifications?types[]=mention").await;
    let mut told = page.as_array().unwrap().iter().map(|it| it["status"].clone());
    told.find(|status| status["content"].as_str().unwrap().contains(text))
}

async fn we_post_all_there_is(friends: &Friends) {
    let Friends { server, peer, alice, bob, .. } = friends;
    let image = ImageFile { path: "emojis/zebra.png".to_owned(), ..ImageFile::default() };
    let zebra = CustomEmojiAdded { shortcode: "zebra".to_owned(), image, category: None, visible_in_picker: true };
    server.app.commands.add_custom_emoji(By::operator(), zebra).await.unwrap();
    let media = picture(alice).await;
    let described = alice.request(Method::PUT, &path(&media)).json(&json!({ "description": "a cat" }));
    assert_eq!(alice.send(described).await.0, StatusCode::OK);
    let text = format!("@{} All of ours #cats :zebra:", friends.account["acct"].as_str().unwrap());
    let all = json!({ "status": text, "spoiler_text": "Careful", "sensitive": true, "media_ids": [id(&media)] });
    let posted = friends.alice_posts(all).await;
    let seen = peer.object(uri(&posted)).await;
    let note = &seen["json"];
    assert!(seen["content"].as_str().unwrap().contains("All of ours"), "{seen}");
    assert_eq!((&note["summary"], &note["sensitive"]), (&json!("Careful"), &json!(true)));
    assert_eq!(many(&note["to"]).len(), 1, "{note}");
    assert!(is_public(&note["to"]) && many(&note["cc"]).contains(&json!(bob.url)), "{note}");
    let attachment = &many(&note["attachment"])[0];
    assert_eq!((&attachment["name"], &attachment["mediaType"]), (&json!("a cat"), &json!("image/png")));
    let tag = |kind: &str| many(&note["tag"]).into_iter().find(|tag| tag["type"] == kind).unwrap();
    assert_eq!((&tag("Mention")["href"], &tag("Hashtag")["name"]), (&json!(bob.url), &json!("#cats")));
    assert_eq!(tag("Emoji")["name"], ":zebra:");
}

async fn we_post_to_some(friends: &Friends) {
    let Friends { peer, bob, alice_url, .. } = friends;
    let followers = json!(format!("{alice_url}/followers"));
    let mention = friends.account["acct"].as_str().unwrap();
    for visibility in ["unlisted", "private", "direct"] {
        let text = format!("@{mention} Ours: {visibility}");
        let posted = friends.alice_posts(json!({ "status": text, "visibility": visibility })).await;
        let note = peer.object(uri(&posted)).await["json"].clone();
        let (to, cc) = (many(&note["to"]), many(&note["cc"]));
        assert_eq!(is_public(&note["to"]) || is_public(&note["cc"]), visibility == "unlisted", "{note}");
        assert_eq!(to.contains(&followers), visibility != "direct", "{note}");
        assert!(to.contains(&json!(bob.url)) || cc.contains(&json!(bob.url)), "{note}");
        let may_see = bob.tries("lookup", json!({ "url": uri(&posted) })).await;
        assert!(may_see.unwrap()["content"].as_str().unwrap().contains("Ours"));
    }
    let question = bob.posts("<p>Their question</p>").await;
    let read = reads(&friends.alice, "Their question").await;
    let answer = friends.alice_posts(json!({ "status": "Our answer", "in_reply_to_id": id(&read) })).await;
    knows(peer, &question, "replies", json!([uri(&answer)])).await;
}

/// One or several, as JSON-LD writes them.
fn many(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

fn is_public(addressees: &Value) -> bool {
    many(addressees).iter().filter_map(Value::as_str).any(|it| it == PUBLIC || it == PUBLIC_COMPACT)
}
