//! Lemmy and Friendica: communities, and who talks in them.

use chronodon_activitypub::activity::{Activity, ActivityKind};
use chronodon_activitypub::actor::ActorKind;
use chronodon_activitypub::audience::Audience;
use chronodon_activitypub::object::ObjectKind;
use chronodon_activitypub::uri::UriRules;

use crate::fixtures::{activity, actor, embedded, text};

#[test]
fn lemmy_announces_what_is_done_in_a_community() {
    let birds = actor("lemmy/group");
    assert_eq!((birds.kind, birds.username.as_str(), birds.url), (ActorKind::Group, "birds", None));
    let announce = activity("lemmy/announce_create_page");
    assert_eq!((announce.kind, &announce.actor), (ActivityKind::Announce, &birds.id));
    let create = Activity::read(announce.object.embedded().unwrap(), UriRules::Public).unwrap();
    assert_eq!(create.kind, ActivityKind::Create);
    let page = embedded(&create.object);
    assert_eq!((page.kind, page.name.as_deref()), (ObjectKind::Page, Some("Storks are back")));
    assert_eq!(page.attributed_to, create.actor);
    assert_eq!((text(&page.link), page.attachments.len()), (Some("https://news.example/storks"), 0));
    assert_eq!((page.language.as_deref(), page.audience(None)), (Some("en"), Audience::Public));
    assert!(page.content.contains("<em>town</em>"));
}

#[test]
fn friendica_replies_with_another_text_by_language() {
    let create = activity("friendica/create_note");
    assert!(create.has_signature && create.instrument.is_some());
    let note = embedded(&create.object);
    assert_eq!((note.language.as_deref(), note.mentions.len()), (Some("de"), 1));
    assert!(note.content.starts_with("<span class=\"h-card\">"));
    assert_eq!(text(&note.in_reply_to), Some("https://lemmy.example/post/55"));
    assert_eq!(note.context, note.conversation);
}
