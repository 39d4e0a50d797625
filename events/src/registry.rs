//! The closed list of nouns, and the way between an event and its stored form.

use thiserror::Error;

use crate::{KeyId, upcast};

/// A wire name and the schema version that this binary writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventType {
    /// For example `status.posted`.
    pub name: &'static str,
    /// Counted from 1.
    pub schema_version: u16,
}

/// What a payload must tell: which key seals it.
pub trait Payload {
    /// The key that seals this payload; destroying it erases the payload.
    fn key(&self) -> KeyId;
}

/// Why a stored payload cannot be read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// This binary does not know the type, or not this new a version of it.
    #[error("unknown event type {name} v{schema_version}")]
    Unknown {
        /// The stored type.
        name: String,
        /// The stored schema version.
        schema_version: u16,
    },
    /// The payload does not have its type's shape.
    #[error("malformed payload of {name}: {source}")]
    Malformed {
        /// The stored type.
        name: String,
        /// What serde found.
        source: serde_json::Error,
    },
}

macro_rules! nouns {
    ($($variant:ident($enum:ty),)*) => {
        /// Everything that can have happened.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $(#[doc = concat!("See [`", stringify!($enum), "`].")] $variant($enum),)*
        }

        impl Event {
            /// Every type that this binary writes.
            pub fn types() -> impl Iterator<Item = EventType> {
                [$(<$enum>::TYPES),*].into_iter().flatten().copied()
            }

            /// The wire name and schema version.
            #[must_use]
            pub fn event_type(&self) -> EventType {
                match self { $(Self::$variant(event) => event.event_type(),)* }
            }

            /// The key that seals the payload.
            #[must_use]
            pub fn key(&self) -> KeyId {
                match self { $(Self::$variant(event) => event.key(),)* }
            }

            /// The payload as it is sealed and stored.
            #[must_use]
            pub fn to_json(&self) -> Vec<u8> {
                match self { $(Self::$variant(event) => event.to_json(),)* }
                    .expect("payloads hold no maps with keys other than strings")
            }

            fn decode_current(name: &str, json: &[u8]) -> Option<serde_json::Result<Self>> {
                $(if let Some(decoded) = <$enum>::decode(name, json) {
                    return Some(decoded.map(Self::$variant));
                })*
                None
            }
        }

        $(impl From<$enum> for Event {
            fn from(event: $enum) -> Self {
                Self::$variant(event)
            }
        }

        impl TryFrom<Event> for $enum {
            type Error = Event;

            fn try_from(event: Event) -> Result<Self, Event> {
                match event {
                    Event::$variant(event) => Ok(event),
                    other => Err(other),
                }
            }
        })*
    };
}

nouns! {
    Account(crate::account::AccountEvent),
    AccountDomainBlock(crate::account_domain_block::AccountDomainBlockEvent),
    App(crate::app::AppEvent),
    Bookmark(crate::bookmark::BookmarkEvent),
    ConversationMute(crate::conversation_mute::ConversationMuteEvent),
    CustomEmoji(crate::custom_emoji::CustomEmojiEvent),
    DomainPolicy(crate::domain_policy::DomainPolicyEvent),
    Favourite(crate::favourite::FavouriteEvent),
    Instance(crate::instance::InstanceEvent),
    List(crate::list::ListEvent),
    Media(crate::media::MediaEvent),
    Notification(crate::notification::NotificationEvent),
    Poll(crate::poll::PollEvent),
    Quote(crate::quote::QuoteEvent),
    Reblog(crate::reblog::ReblogEvent),
    Relationship(crate::relationship::RelationshipEvent),
    Relay(crate::relay::RelayEvent),
    Report(crate::report::ReportEvent),
    Severance(crate::severance::SeveranceEvent),
    Status(crate::status::StatusEvent),
}

impl Event {
    /// Reads a stored payload of any version, upcast to the newest.
    ///
    /// # Errors
    /// [`DecodeError::Unknown`] for a type or version that a newer binary wrote, [`DecodeError::Malformed`] otherwise.
    pub fn decode(name: &str, schema_version: u16, json: &[u8]) -> Result<Self, DecodeError> {
        let unknown = || DecodeError::Unknown { name: name.to_owned(), schema_version };
        let malformed = |source| DecodeError::Malformed { name: name.to_owned(), source };
        let current = Self::types().find(|known| known.name == name).ok_or_else(unknown)?.schema_version;
        if schema_version > current || schema_version == 0 {
            return Err(unknown());
        }
        let upcast;
        let json = if schema_version == current {
            json
        } else {
            let value = serde_json::from_slice(json).map_err(malformed)?;
            upcast = upcast::to_current(name, schema_version, current, value).ok_or_else(unknown)?.to_string();
            upcast.as_bytes()
        };
        Self::decode_current(name, json).ok_or_else(unknown)?.map_err(malformed)
    }
}
