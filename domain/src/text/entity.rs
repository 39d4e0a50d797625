//! Links, mentions and hashtags of one text together, none overlapping another.

use std::ops::Range;

use super::hashtag::{self, HashtagMatch};
use super::link::{self, LinkMatch};
use super::mention::{self, MentionMatch};

/// A part of a text that is more than its letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entity {
    Link(LinkMatch),
    Mention(MentionMatch),
    Hashtag(HashtagMatch),
}

impl Entity {
    pub(super) fn range(&self) -> Range<usize> {
        match self {
            Self::Link(link) => link.range.clone(),
            Self::Mention(mention) => mention.range.clone(),
            Self::Hashtag(hashtag) => hashtag.range.clone(),
        }
    }

    pub(super) fn into_mention(self) -> Option<MentionMatch> {
        if let Self::Mention(mention) = self { Some(mention) } else { None }
    }

    pub(super) fn into_hashtag(self) -> Option<HashtagMatch> {
        if let Self::Hashtag(hashtag) = self { Some(hashtag) } else { None }
    }
}

/// All entities in order. Of two that overlap the one that starts first stays, so that nothing is found in a link.
pub(super) fn entities(text: &str) -> Vec<Entity> {
    let mut all: Vec<Entity> = link::links(text).into_iter().map(Entity::Link).collect();
    all.extend(hashtag::scan(text).into_iter().map(Entity::Hashtag));
    all.extend(mention::scan(text).into_iter().map(Entity::Mention));
    all.sort_by_key(|entity| entity.range().start);
    let mut free_from = 0;
    all.retain(|entity| {
        let range = entity.range();
        let free = range.start >= free_from;
        if free {
            free_from = range.end;
        }
        free
    });
    all
}

/// A letter, mark, decimal digit or connector: what makes a word.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || unicode_normalization::char::is_combining_mark(c)
}
