//! WordPress and PeerTube: what is no note and becomes a readable post.

use chronodon_activitypub::object::{AttachmentKind, ObjectKind};

use crate::fixtures::{actor, object, text};

#[test]
fn wordpress_has_articles_and_actors_with_a_query() {
    let wanda = actor("wordpress/actor");
    assert_eq!((wanda.id.as_str(), wanda.keys.len(), wanda.fields.len()), ("https://blog.example/?author=1", 1, 1));
    let article = object("wordpress/article");
    assert_eq!((article.kind, article.name.as_deref()), (ObjectKind::Article, Some("On herons")));
    assert_eq!(article.attributed_to, wanda.id);
    assert_eq!((article.summary.as_str(), article.language.as_deref()), ("A long text &hellip;", Some("en")));
    assert_eq!(text(&article.url), Some("https://blog.example/on-herons/"));
    assert_eq!((article.attachments.len(), article.likes_total), (1, Some(2)));
    assert!(!article.kind.is_native() && !article.is_vote());
}

#[test]
fn peertube_has_films_in_several_sizes_below_a_playlist() {
    let video = object("peertube/video");
    assert_eq!((video.kind, video.name.as_deref()), (ObjectKind::Video, Some("How to film a heron")));
    assert_eq!(video.attributed_to.as_str(), "https://tube.example/accounts/vera");
    assert_eq!(text(&video.url), Some("https://tube.example/w/5f1a"));
    assert_eq!(video.content, "<p>Slowly.<br>&lt;script&gt;no&lt;/script&gt; &amp; **quietly**</p>");
    assert_eq!((video.language.as_deref(), video.hashtags[0].as_str()), (Some("fr"), "heron"));
    let [film] = video.attachments.as_slice() else { panic!("one film") };
    assert_eq!((film.kind, film.height, film.duration_seconds), (AttachmentKind::Video, Some(480), Some(245.0)));
    assert!(film.url.as_str().ends_with("5f1a-480-fragmented.mp4"));
    assert_eq!(text(&film.icon), Some("https://tube.example/lazy-static/previews/l.jpg"));
}
