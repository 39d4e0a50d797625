//! GoToSocial, Akkoma, Misskey and Pixelfed: posts as Mastodon's, each with an accent.

use chronodon_activitypub::activity::ActivityKind;
use chronodon_activitypub::actor::read_key;
use chronodon_activitypub::audience::Audience;
use chronodon_activitypub::object::AttachmentKind;
use chronodon_activitypub::uri::UriRules;

use crate::fixtures::{activity, actor, document, embedded, object, text};

#[test]
fn gotosocial_writes_single_values_without_a_list() {
    let otto = actor("gotosocial/actor");
    assert_eq!((otto.fields.len(), otto.icon.unwrap().description.as_str()), (1, "Otto in a boat"));
    assert_eq!(otto.shared_inbox, None);
    let note = embedded(&activity("gotosocial/create_note").object);
    assert_eq!((note.attachments.len(), note.attachments[0].kind), (1, AttachmentKind::Image));
    assert_eq!((note.hashtags.as_slice(), note.audience(None)), (&["boats".to_owned()][..], Audience::Public));
    assert_eq!(note.published.unwrap().to_string(), "2024-04-30T04:00:00Z");
    let policy = note.quote_policy.unwrap();
    assert_eq!((policy.automatic.len(), policy.manual.len()), (1, 1));
}

#[test]
fn gotosocial_answers_for_a_key_with_a_stub_of_its_owner() {
    let key = read_key(&document("gotosocial/key"), UriRules::Public).unwrap();
    assert_eq!(key.id, "https://gts.example/users/otto/main-key");
    let otto = actor("gotosocial/actor");
    assert_eq!((&key.owner, &key.key, &key.id), (&otto.id, &otto.keys[0].key, &otto.keys[0].id));
}

#[test]
fn akkoma_reacts_with_emoji_and_links_files() {
    let react = activity("akkoma/emoji_react");
    assert_eq!((react.kind, react.content.as_deref()), (ActivityKind::EmojiReact, Some(":blobcat:")));
    assert_eq!(react.emoji.unwrap().url.as_str(), "https://akkoma.example/emoji/blobcat.png");
    let note = embedded(&activity("akkoma/create_note").object);
    assert_eq!(
        (note.content.as_str(), note.language.as_deref(), note.sensitive),
        ("A cat.<br>Look!", Some("ja"), false)
    );
    assert_eq!(note.attachments[0].url.as_str(), "https://akkoma.example/media/cat.png");
    assert_eq!(text(&note.quote), Some("https://here.example/users/bob/statuses/1"));
    assert_eq!(note.audience(None), Audience::Unlisted);
}

#[test]
fn misskey_likes_with_emoji_and_quotes_in_three_ways() {
    let like = activity("misskey/like");
    assert_eq!((like.kind, like.content.as_deref()), (ActivityKind::Like, Some(":neko_smile:")));
    assert_eq!(like.emoji.unwrap().shortcode, "neko_smile");
    let quote = object("misskey/quote");
    assert_eq!(text(&quote.quote), Some("https://here.example/users/bob/statuses/1"));
    assert_eq!((quote.attachments.len(), quote.link, quote.url), (1, None, None));
    let neko = actor("misskey/actor");
    assert_eq!((neko.name.as_str(), neko.summary.as_str(), neko.image.is_none()), ("", "", true));
    assert_eq!(neko.keys.len(), 1);
}

#[test]
fn pixelfed_has_pictures() {
    let note = embedded(&activity("pixelfed/create_note").object);
    assert_eq!((note.attachments.len(), note.attachments[0].description.as_str()), (2, "Snow"));
    assert_eq!((note.attachments[0].height, note.hashtags[0].as_str()), (Some(1350), "snow"));
}
