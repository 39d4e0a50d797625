//! What can be listened to, and its names on the wire.

use chronodon_domain::text::hashtag_key;
use chronodon_events::{AccountId, ListId};
use thiserror::Error;

/// What a connection listens to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Conversations of an account.
    Direct(AccountId),
    /// Public statuses with a hashtag.
    Hashtag {
        /// By which tags are compared.
        key: String,
        /// Only those of this server.
        local: bool,
    },
    /// A list's timeline.
    List(ListId),
    /// Public statuses.
    Public {
        /// From where.
        from: From,
        /// Only those with attachments.
        media: bool,
    },
    /// The home timeline of an account, and its notifications.
    User(AccountId),
    /// The notifications of an account.
    UserNotification(AccountId),
}

/// Whose public statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum From {
    /// Everyone's.
    All,
    /// Those of this server.
    Local,
    /// Those of others.
    Remote,
}

/// Why a channel cannot be listened to. The words are Mastodon's.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    /// No channel has this name.
    #[error("Unknown stream type")]
    Unknown,
    /// A hashtag channel without a hashtag.
    #[error("Missing tag name parameter")]
    NoTag,
    /// A list channel without a list.
    #[error("Missing list name parameter")]
    NoList,
}

impl Channel {
    /// The channel that `account` means by a name and its parameters.
    ///
    /// # Errors
    /// [`Refused`] when it means none.
    pub fn named(name: &str, account: AccountId, tag: Option<&str>, list: Option<&str>) -> Result<Self, Refused> {
        let hashtag = |local| {
            let tag = tag.map(str::trim).filter(|tag| !tag.is_empty()).ok_or(Refused::NoTag)?;
            Ok(Self::Hashtag { key: hashtag_key(tag.trim_start_matches('#')), local })
        };
        match name {
            "user" => Ok(Self::User(account)),
            "user:notification" => Ok(Self::UserNotification(account)),
            "public" => Ok(Self::Public { from: From::All, media: false }),
            "public:media" => Ok(Self::Public { from: From::All, media: true }),
            "public:local" => Ok(Self::Public { from: From::Local, media: false }),
            "public:local:media" => Ok(Self::Public { from: From::Local, media: true }),
            "public:remote" => Ok(Self::Public { from: From::Remote, media: false }),
            "public:remote:media" => Ok(Self::Public { from: From::Remote, media: true }),
            "hashtag" => hashtag(false),
            "hashtag:local" => hashtag(true),
            "list" => list.and_then(|list| list.parse().ok()).map(Self::List).ok_or(Refused::NoList),
            "direct" => Ok(Self::Direct(account)),
            _ => Err(Refused::Unknown),
        }
    }

    /// The scope that a token needs for it.
    #[must_use]
    pub const fn scope(&self) -> &'static str {
        match self {
            Self::UserNotification(_) => "read:notifications",
            _ => "read:statuses",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: AccountId = AccountId(1);

    #[test]
    fn names_mean_channels() {
        let named = |name| Channel::named(name, ME, Some("#Café"), Some("7"));
        assert_eq!(named("user"), Ok(Channel::User(ME)));
        assert_eq!(named("public:local:media"), Ok(Channel::Public { from: From::Local, media: true }));
        assert_eq!(named("hashtag:local"), Ok(Channel::Hashtag { key: "cafe".to_owned(), local: true }));
        assert_eq!(named("list"), Ok(Channel::List(ListId(7))));
        assert_eq!(named("system"), Err(Refused::Unknown));
    }

    #[test]
    fn parameters_must_be_there() {
        assert_eq!(Channel::named("hashtag", ME, Some(" "), None), Err(Refused::NoTag));
        assert_eq!(Channel::named("list", ME, None, Some("x")), Err(Refused::NoList));
    }
}
