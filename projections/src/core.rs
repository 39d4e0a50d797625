//! The core group: what every page and every check needs.
//!
//! A read model here is a file with its row on top, then `want` and `apply`, then its queries. The state of a batch is
//! the struct of tables below; a read model may change the counters of another's row, never its content.

use chronodon_event_log::{Body, Recorded};
use chronodon_events::Event;

use crate::{Group, Row, Table, Tables};

pub mod account_domain_blocks;
pub mod account_statuses;
pub mod accounts;
pub mod activity;
pub mod authorizations;
pub mod bookmarks;
pub mod conversation_mutes;
mod conversations;
pub mod custom_emojis;
mod departures;
pub mod domain_policies;
pub mod favourites;
pub mod inboxes;
pub mod lists;
pub mod media;
pub mod notifications;
pub mod pins;
pub mod polls;
pub mod quotes;
pub mod reblogs;
pub mod relationships;
pub mod relays;
pub mod reports;
pub mod requests;
pub mod rules;
pub mod severances;
pub mod span;
pub mod status_edits;
pub mod status_mentions;
pub mod status_tags;
pub mod statuses;
pub mod threads;
pub mod timelines;
pub mod untouched;
pub mod viewer;
pub mod visible;

/// One read model: what it looks at, and how it folds.
struct Model {
    want: fn(&mut Core, &Recorded, &Event),
    apply: fn(&mut Core, &Recorded, &Event),
}

macro_rules! models {
    ($($module:ident,)*) => {
        /// In the order in which they fold an event: those that look at a status's rows stand before those that remove them.
        const MODELS: &[Model] = &[$(Model { want: $module::want, apply: $module::apply },)*];
    };
}

models! {
    activity,
    departures,
    notifications,
    status_edits,
    account_domain_blocks,
    authorizations,
    bookmarks,
    conversation_mutes,
    custom_emojis,
    domain_policies,
    favourites,
    lists,
    media,
    pins,
    polls,
    quotes,
    relationships,
    relays,
    reports,
    requests,
    rules,
    severances,
    status_mentions,
    status_tags,
    reblogs,
    statuses,
    accounts,
}

macro_rules! tables {
    ($($field:ident: $row:ty, $ddl:literal;)*) => {
        /// The rows that a batch touches.
        #[derive(Debug, Default)]
        pub struct Core {
            $(#[doc = concat!("`", stringify!($field), "`")] pub $field: Table<$row>,)*
        }

        impl Group for Core {
            const NAME: &'static str = "core";
            const DDL: &'static [&'static str] =
                &[$(include_str!(concat!("../../migrations/read_models/core/", $ddl, ".sql")),)*];
            const TABLES: &'static [(&'static str, &'static [(&'static str, &'static str)])] =
                &[$((<$row>::TABLE, <$row>::KEY),)*];

            fn want(&mut self, at: &Recorded) {
                if let Body::Event(event) = &at.body {
                    MODELS.iter().for_each(|model| (model.want)(self, at, event));
                }
            }

            fn apply(&mut self, at: &Recorded) {
                // The only lawful thing to do with an erased payload is nothing.
                if let Body::Event(event) = &at.body {
                    MODELS.iter().for_each(|model| (model.apply)(self, at, event));
                }
            }

            fn tables(&mut self) -> Vec<&mut dyn Tables> {
                vec![$(&mut self.$field,)*]
            }
        }
    };
}

tables! {
    account_domain_blocks: account_domain_blocks::AccountDomainBlock, "account_domain_blocks";
    account_notes: relationships::AccountNote, "account_notes";
    accounts: accounts::Account, "accounts";
    activity_weeks: activity::ActivityWeek, "activity_weeks";
    actor_keys: accounts::remote::ActorKey, "actor_keys";
    authorizations: authorizations::Authorization, "authorizations";
    blocks: relationships::Block, "blocks";
    bookmarks: bookmarks::Bookmark, "bookmarks";
    conversation_mutes: conversation_mutes::ConversationMute, "conversation_mutes";
    custom_emojis: custom_emojis::CustomEmoji, "custom_emojis";
    domain_policies: domain_policies::DomainPolicy, "domain_policies";
    favourites: favourites::Favourite, "favourites";
    follow_notifies: relationships::FollowNotify, "follow_notifies";
    follow_requests: relationships::FollowRequest, "follow_requests";
    follows: relationships::Follow, "follows";
    list_accounts: lists::ListAccount, "list_accounts";
    lists: lists::List, "lists";
    media_attachments: media::MediaAttachment, "media_attachments";
    mutes: relationships::Mute, "mutes";
    notifications: notifications::Notification, "notifications";
    pins: pins::Pin, "pins";
    poll_votes: polls::PollVote, "poll_votes";
    polls: polls::Poll, "polls";
    quotes: quotes::Quote, "quotes";
    relays: relays::Relay, "relays";
    reports: reports::Report, "reports";
    requests: requests::Request, "requests";
    rules: rules::Rule, "rules";
    severances: severances::Severance, "severances";
    status_edits: status_edits::StatusEdit, "status_edits";
    status_mentions: status_mentions::StatusMention, "status_mentions";
    status_tags: status_tags::StatusTag, "status_tags";
    statuses: statuses::Status, "statuses";
    tags: status_tags::Tag, "tags";
    totals: activity::Total, "totals";
}

/// A position as a column.
fn column(at: &Recorded) -> i64 {
    at.position.0.cast_signed()
}

/// A value as a JSON column.
fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("event values have JSON forms")
}
