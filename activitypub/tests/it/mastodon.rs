//! Mastodon: the tongue that everybody else has learned to speak.

use chronodon_activitypub::activity::{Activity, ActivityKind};
use chronodon_activitypub::actor::ActorKind;
use chronodon_activitypub::audience::{Audience, PUBLIC};
use chronodon_activitypub::collection::Collection;
use chronodon_activitypub::object::{AttachmentKind, ObjectKind, QuotePolicy};
use chronodon_activitypub::uri::UriRules;
use chronodon_activitypub::webfinger::Jrd;

use crate::fixtures::{activity, actor, document, embedded, id, object, text};

const MARGIT: &str = "https://mastodon.example/users/margit";

#[test]
fn an_actor_with_everything() {
    let margit = actor("mastodon/actor");
    assert_eq!((margit.id.as_str(), margit.kind), (MARGIT, ActorKind::Person));
    assert_eq!((margit.username.as_str(), margit.name.as_str()), ("margit", "Margit :heron:"));
    assert!(margit.summary.starts_with("<p>Birds, mostly."));
    assert_eq!(text(&margit.url), Some("https://mastodon.example/@margit"));
    assert_eq!(text(&margit.shared_inbox), Some("https://mastodon.example/inbox"));
    for collection in [&margit.outbox, &margit.followers, &margit.following, &margit.featured, &margit.featured_tags] {
        assert!(text(collection).unwrap().starts_with(MARGIT));
    }
    assert_eq!(margit.icon.unwrap().description, "A heron");
    assert_eq!(margit.image.unwrap().description, "");
    assert!(margit.locked && margit.discoverable && !margit.indexable && !margit.memorial && !margit.suspended);
    assert_eq!(margit.published.unwrap().to_string(), "2023-04-02T00:00:00Z");
    assert_eq!(margit.also_known_as[0].as_str(), "https://old.example/users/margit");
    assert_eq!(margit.attribution_domains, ["blog.example", "news.example"]);
    assert_eq!((margit.fields.len(), margit.fields[1].name.as_str()), (2, "Pronouns"));
    assert_eq!(margit.emojis[0].shortcode, "heron");
    assert_eq!(margit.keys[0].id, format!("{MARGIT}#main-key"));
    assert_eq!(margit.webfinger.as_deref(), Some("margit@mastodon.example"));
}

#[test]
fn a_note_with_everything() {
    let create = activity("mastodon/create_note");
    assert_eq!(create.kind, ActivityKind::Create);
    assert!(create.is_of_its_actor() && create.has_signature);
    let note = embedded(&create.object);
    assert_eq!((note.kind, note.attributed_to.as_str()), (ObjectKind::Note, MARGIT));
    assert_eq!((note.language.as_deref(), note.summary.as_str(), note.sensitive), (Some("de"), "Birds", true));
    assert_eq!(note.audience(Some("https://mastodon.example/users/margit/followers")), Audience::Public);
    assert_eq!(text(&note.in_reply_to), Some("https://gts.example/users/otto/statuses/01HW"));
    assert_eq!(note.context.as_deref(), Some("https://mastodon.example/contexts/112-9"));
    assert!(note.conversation.unwrap().starts_with("tag:"));
    assert_eq!((note.mentions[0].name.as_str(), note.hashtags[0].as_str()), ("@otto@gts.example", "Reiher"));
    assert_eq!(note.emojis.len(), 1);
    let [picture, film] = note.attachments.as_slice() else { panic!("two attachments") };
    assert_eq!((picture.kind, picture.focus, picture.width), (AttachmentKind::Image, Some((0.25, -0.5)), Some(1920)));
    assert_eq!(picture.description, "A heron on one leg");
    assert_eq!((film.kind, film.duration_seconds, film.description.as_str()), (AttachmentKind::Video, Some(12.5), ""));
    assert!(film.icon.is_some() && picture.blurhash.is_some());
    assert_eq!(text(&note.quote), Some("https://mastodon.example/users/paul/statuses/5"));
    assert!(text(&note.quote_authorization).unwrap().ends_with("/quote_authorizations/7"));
    let policy = QuotePolicy { automatic: vec![format!("{MARGIT}/followers")], manual: vec![PUBLIC.to_owned()] };
    assert_eq!(note.quote_policy, Some(policy));
    assert_eq!((note.likes_total, note.shares_total), (Some(12), Some(3)));
    assert!(note.updated > note.published && note.published.is_some());
    let replies = Collection::read(note.replies.unwrap().embedded().unwrap(), UriRules::Public).unwrap();
    let first = Collection::read(replies.first.unwrap().embedded().unwrap(), UriRules::Public).unwrap();
    assert_eq!((first.items.len(), first.next.is_some()), (1, true));
}

#[test]
fn questions_votes_and_tallies() {
    let question = object("mastodon/question");
    let poll = question.poll.clone().unwrap();
    assert!(poll.multiple && poll.closed.is_some() && poll.closed == poll.end_time);
    assert_eq!((poll.voters, poll.options[1].name.as_str(), poll.options[1].votes), (Some(7), "Stork", 4));
    assert_eq!(question.audience(Some(&format!("{MARGIT}/followers"))), Audience::Followers);
    assert_eq!(question.audience(None), Audience::Direct);
    let vote = embedded(&activity("mastodon/vote").object);
    assert!(vote.is_vote() && vote.name.as_deref() == Some("Stork"));
    let update = activity("mastodon/update_question");
    let poll = embedded(&update.object).poll.unwrap();
    assert!(!poll.multiple && poll.closed.is_none() && poll.options[0].votes == 2);
}

#[test]
fn what_is_done_to_posts() {
    let announce = activity("mastodon/announce");
    assert_eq!(
        (announce.kind, id(&announce.object)),
        (ActivityKind::Announce, "https://gts.example/users/otto/statuses/01HW")
    );
    let undo = activity("mastodon/undo_announce");
    let undone = Activity::read(undo.object.embedded().unwrap(), UriRules::Public).unwrap();
    assert_eq!((undo.kind, undone.kind), (ActivityKind::Undo, ActivityKind::Announce));
    let delete = activity("mastodon/delete");
    assert!(delete.kind == ActivityKind::Delete && delete.object.is_tombstone());
    let gone = activity("mastodon/delete_actor");
    assert_eq!(id(&gone.object), gone.actor.as_str());
    let pin = activity("mastodon/add_pin");
    assert_eq!((pin.id, pin.kind), (None, ActivityKind::Add));
    assert!(id(&pin.target.unwrap()).ends_with("/collections/featured"));
}

#[test]
fn what_is_done_to_people() {
    let follow = activity("mastodon/follow");
    assert_eq!((follow.kind, id(&follow.object)), (ActivityKind::Follow, "https://here.example/users/bob"));
    let accept = activity("mastodon/accept_follow");
    assert!(accept.object.is("Follow") && id(&accept.object).ends_with("#follows/1"));
    let moved = activity("mastodon/move");
    assert_eq!((id(&moved.object), id(&moved.target.unwrap())), (moved.actor.as_str(), MARGIT));
    let flag = activity("mastodon/flag");
    assert_eq!((flag.objects.len(), flag.content.as_deref()), (3, Some("Sells herons")));
}

#[test]
fn quotes_are_asked_for_and_granted() {
    let request = activity("mastodon/quote_request");
    assert_eq!(request.kind, ActivityKind::QuoteRequest);
    let quoting = embedded(&request.instrument.unwrap());
    assert_eq!(text(&quoting.quote), Some(id(&request.object)));
    let accept = activity("mastodon/accept_quote_request");
    assert!(accept.object.is("QuoteRequest"));
    assert!(id(&accept.result.unwrap()).ends_with("/quote_authorizations/3"));
}

#[test]
fn collections_and_discovery() {
    let page = Collection::read(&document("mastodon/followers"), UriRules::Public).unwrap();
    assert_eq!((page.items.len(), page.total_items, page.kind.is_page()), (2, Some(2), true));
    let found = Jrd::read(&document("mastodon/webfinger"), UriRules::Public).unwrap();
    assert_eq!(text(&found.actor), Some(MARGIT));
    assert_eq!(found.handle(UriRules::Public).unwrap().to_string(), "margit@mastodon.example");
}
