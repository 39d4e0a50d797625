//! The activities that carry documents and say what happened, each without `@context` until it is sent.
//!
//! Ids are made of what they are about, so that whoever is sent one twice knows it. Must not know who is to get one.

use chronodon_activitypub::audience::PUBLIC;
use chronodon_activitypub::context::with_context;
use chronodon_events::values::Visibility;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::addressees;
use crate::api::time::iso8601;

/// An activity as it is sent: with our `@context`, as bytes.
#[must_use]
pub fn sent(activity: Value) -> Vec<u8> {
    with_context(activity).to_string().into_bytes()
}

/// A status was posted. `note` is its document.
#[must_use]
pub fn create(note: Value) -> Value {
    let (id, published) = (format!("{}/activity", text(&note["id"])), note["published"].clone());
    about_note("Create", id, note, published)
}

/// A status was edited, or its poll has other numbers.
#[must_use]
pub fn update(note: Value, at: Timestamp) -> Value {
    let id = format!("{}#updates/{}", text(&note["id"]), at.as_millisecond());
    about_note("Update", id, note, iso8601(at).into())
}

fn about_note(kind: &str, id: String, note: Value, published: Value) -> Value {
    json!({
        "id": id,
        "type": kind,
        "actor": note["attributedTo"],
        "published": published,
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    })
}

/// A status is gone.
#[must_use]
pub fn delete(actor: &str, status: &str) -> Value {
    json!({
        "id": format!("{status}#delete"),
        "type": "Delete",
        "actor": actor,
        "to": [PUBLIC],
        "object": { "id": status, "type": "Tombstone", "atomUri": status },
    })
}

/// An actor is gone.
#[must_use]
pub fn delete_actor(actor: &str) -> Value {
    json!({
        "id": format!("{actor}#delete"),
        "type": "Delete",
        "actor": actor,
        "to": [PUBLIC],
        "object": actor,
    })
}

/// What a reblog says.
#[derive(Clone, Copy, Debug)]
pub struct Announce<'a> {
    /// The activity's id.
    pub id: &'a str,
    /// Who.
    pub actor: &'a str,
    /// Which status.
    pub status: &'a str,
    /// Its author.
    pub author: &'a str,
    /// Of the reblog.
    pub visibility: Visibility,
    /// When.
    pub at: Timestamp,
}

/// A status was reblogged.
#[must_use]
pub fn announce(announce: Announce<'_>) -> Value {
    let followers = format!("{}/followers", announce.actor);
    let (to, cc) = addressees(announce.visibility, &followers, &[announce.author.to_owned()]);
    json!({
        "id": announce.id,
        "type": "Announce",
        "actor": announce.actor,
        "published": iso8601(announce.at),
        "to": to,
        "cc": cc,
        "object": announce.status,
    })
}

/// Something that one actor does about one thing: `Like`, `Follow`, `Block`.
#[must_use]
pub fn simple(kind: &str, id: &str, actor: &str, object: &str) -> Value {
    json!({ "id": id, "type": kind, "actor": actor, "object": object })
}

/// It does so no more. What it undoes is in it, so that also those understand who never heard of that.
#[must_use]
pub fn undo(undone: Value) -> Value {
    let (id, actor) = (format!("{}/undo", text(&undone["id"])), undone["actor"].clone());
    let mut document = json!({ "id": id, "type": "Undo", "actor": actor });
    if let Some(to) = undone.get("to") {
        document["to"] = to.clone();
    }
    document["object"] = undone;
    document
}

/// An answer to a Follow from elsewhere: `Accept` or `Reject`.
#[must_use]
pub fn answer(
    kind: &str,
    answer_id: impl std::fmt::Display,
    actor: &str,
    follower: &str,
    follow: Option<&str>,
) -> Value {
    let mut asked = json!({ "type": "Follow", "actor": follower, "object": actor });
    if let Some(id) = follow {
        asked["id"] = id.into();
    }
    let id = format!("{actor}#{}s/follows/{answer_id}", kind.to_lowercase());
    json!({ "id": id, "type": kind, "actor": actor, "object": asked })
}

/// A profile has changed. `document` is the actor's.
#[must_use]
pub fn update_actor(document: Value, at: Timestamp) -> Value {
    let actor = text(&document["id"]);
    json!({
        "id": format!("{actor}#updates/{}", at.as_millisecond()),
        "type": "Update",
        "actor": actor,
        "to": [PUBLIC],
        "object": document,
    })
}

/// An actor has become another.
#[must_use]
pub fn moved(id: impl std::fmt::Display, actor: &str, target: &str) -> Value {
    json!({
        "id": format!("{actor}#moves/{id}"),
        "type": "Move",
        "actor": actor,
        "to": [format!("{actor}/followers")],
        "object": actor,
        "target": target,
    })
}

/// A status was pinned (`Add`) or is pinned no more (`Remove`).
#[must_use]
pub fn pinned(kind: &str, id: impl std::fmt::Display, actor: &str, status: &str) -> Value {
    json!({
        "id": format!("{actor}#{}s/{id}", kind.to_lowercase()),
        "type": kind,
        "actor": actor,
        "to": [PUBLIC],
        "cc": [format!("{actor}/followers")],
        "object": status,
        "target": format!("{actor}/collections/featured"),
    })
}

/// A vote in a poll: one for each option that was chosen.
#[must_use]
pub fn vote(id: &str, actor: &str, author: &str, question: &str, option: &str, at: Timestamp) -> Value {
    json!({
        "id": format!("{id}/activity"),
        "type": "Create",
        "actor": actor,
        "published": iso8601(at),
        "to": [author],
        "object": {
            "id": id,
            "type": "Note",
            "name": option,
            "attributedTo": actor,
            "to": [author],
            "inReplyTo": question,
        },
    })
}

/// A report. `objects` are the account and statuses of it.
#[must_use]
pub fn flag(id: &str, actor: &str, objects: &[String], comment: &str) -> Value {
    json!({ "id": id, "type": "Flag", "actor": actor, "object": objects, "content": comment })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "https://a.example/users/alice";
    const BOB: &str = "https://b.example/users/bob";

    fn note() -> Value {
        json!({
            "id": format!("{ALICE}/statuses/1"), "type": "Note", "attributedTo": ALICE,
            "published": "2026-01-01T00:00:00.000Z", "to": [PUBLIC], "cc": [format!("{ALICE}/followers")],
        })
    }

    #[test]
    fn what_carries_a_note_is_addressed_as_it_is() {
        let made = create(note());
        assert_eq!(made["id"], format!("{ALICE}/statuses/1/activity"));
        assert_eq!((&made["actor"], &made["to"], &made["cc"]), (&json!(ALICE), &note()["to"], &note()["cc"]));
        let changed = update(note(), Timestamp::from_millisecond(1_234).unwrap());
        assert_eq!(changed["id"], format!("{ALICE}/statuses/1#updates/1234"));
        let gone = delete(ALICE, &format!("{ALICE}/statuses/1"));
        assert_eq!((&gone["id"], &gone["to"]), (&json!(format!("{ALICE}/statuses/1#delete")), &json!([PUBLIC])));
        assert_eq!(gone["object"]["type"], "Tombstone");
    }

    #[test]
    fn what_is_undone_is_in_it() {
        let like = simple("Like", &format!("{ALICE}#likes/1"), ALICE, &format!("{BOB}/1"));
        let undone = undo(like.clone());
        assert_eq!((&undone["id"], &undone["object"]), (&json!(format!("{ALICE}#likes/1/undo")), &like));
        let of = Announce {
            id: "https://a.example/1/activity",
            actor: ALICE,
            status: "https://b.example/1",
            author: BOB,
            visibility: Visibility::Unlisted,
            at: Timestamp::UNIX_EPOCH,
        };
        let announced = announce(of);
        assert_eq!(announced["to"], json!([format!("{ALICE}/followers")]));
        assert_eq!(announced["cc"], json!([PUBLIC, BOB]));
        assert_eq!(undo(announce(of))["object"]["id"], announced["id"]);
    }

    #[test]
    fn an_answer_names_what_it_answers() {
        let accept = answer("Accept", "7", ALICE, BOB, Some("https://b.example/f/1"));
        assert_eq!(accept["id"], format!("{ALICE}#accepts/follows/7"));
        let asked = json!({ "id": "https://b.example/f/1", "type": "Follow", "actor": BOB, "object": ALICE });
        assert_eq!(accept["object"], asked);
    }
}
