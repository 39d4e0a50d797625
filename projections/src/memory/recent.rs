//! What was said lately, without its words: enough to know whom an event concerns, also after its status is gone.
//!
//! Not an observer of its own: its owner applies events to it, before or after asking.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chronodon_domain::limits::STREAM_REMEMBERED_STATUSES;
use chronodon_events::Event;
use chronodon_events::reblog::{ReblogCreated, ReblogEvent};
use chronodon_events::status::{StatusEdited, StatusEvent, StatusPosted};
use chronodon_events::values::{Hashtag, Mention, Visibility};
use deadpool_postgres::Transaction;
use serde_json::Value;

use crate::ProjectionError;

/// What is remembered of a status or a reblog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who posted or reblogged.
    pub author: i64,
    /// Its conversation.
    pub conversation: i64,
    /// Who may see it.
    pub visibility: Visibility,
    /// Posted on this server.
    pub local: bool,
    /// With attachments.
    pub media: bool,
    /// A reply to somebody else.
    pub aside: bool,
    /// The keys of the hashtags that it has ever carried.
    pub tags: Vec<String>,
    /// The accounts that it has ever named.
    pub mentions: Vec<i64>,
    /// The reblogged status.
    pub reblog_of: Option<i64>,
}

/// The statuses with the greatest ids, a fixed number of them.
#[derive(Debug, Default)]
pub struct Recent {
    facts: BTreeMap<i64, Arc<Facts>>,
    reblogs: HashMap<i64, BTreeSet<i64>>,
}

impl Recent {
    /// What the tables hold in this transaction's snapshot.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load(tx: &Transaction<'_>) -> Result<Self, ProjectionError> {
        let sql = "
            SELECT id, account_id, conversation_id, visibility, local, media_ids <> '[]'::jsonb AS media, reblog_of_id,
                coalesce(in_reply_to_account_id <> account_id, false) AS aside, hashtags, mentions
            FROM statuses ORDER BY id DESC LIMIT $1";
        let most = i64::try_from(STREAM_REMEMBERED_STATUSES).unwrap_or(i64::MAX);
        let mut recent = Self::default();
        for row in tx.query(sql, &[&most]).await? {
            let tags: Vec<Hashtag> = values(row.get("hashtags"));
            let named: Vec<Mention> = values(row.get("mentions"));
            let facts = Facts {
                author: row.get("account_id"),
                conversation: row.get("conversation_id"),
                visibility: Visibility::parse(row.get("visibility")).unwrap_or(Visibility::Direct),
                local: row.get("local"),
                media: row.get("media"),
                aside: row.get("aside"),
                tags: tags.into_iter().map(|tag| tag.key).collect(),
                mentions: named.iter().map(|mention| mention.account_id.get()).collect(),
                reblog_of: row.get("reblog_of_id"),
            };
            recent.remember(row.get("id"), facts);
        }
        Ok(recent)
    }

    /// What is remembered of a status or reblog.
    #[must_use]
    pub fn get(&self, id: i64) -> Option<Arc<Facts>> {
        self.facts.get(&id).cloned()
    }

    /// The remembered reblogs of a status.
    pub fn reblogs_of(&self, id: i64) -> impl Iterator<Item = i64> + '_ {
        self.reblogs.get(&id).into_iter().flatten().copied()
    }

    /// Takes notice of an event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Status(StatusEvent::Posted(e)) => self.remember(e.status_id.get(), posted(e)),
            Event::Status(StatusEvent::Edited(e)) => self.edit(e),
            Event::Status(StatusEvent::Deleted(e)) => {
                let id = e.status_id.get();
                let reblogs: Vec<_> = self.reblogs_of(id).collect();
                reblogs.into_iter().chain([id]).for_each(|gone| self.forget(gone));
            }
            Event::Reblog(ReblogEvent::Created(e)) => self.remember(e.reblog_id.get(), reblogged(e)),
            Event::Reblog(ReblogEvent::Removed(e)) => self.forget(e.reblog_id.get()),
            _ => {}
        }
    }

    fn remember(&mut self, id: i64, facts: Facts) {
        if let Some(of) = facts.reblog_of {
            self.reblogs.entry(of).or_default().insert(id);
        }
        self.facts.insert(id, Arc::new(facts));
        if self.facts.len() > STREAM_REMEMBERED_STATUSES
            && let Some(oldest) = self.facts.keys().next().copied()
        {
            self.forget(oldest);
        }
    }

    fn edit(&mut self, e: &StatusEdited) {
        let Some(facts) = self.facts.get_mut(&e.status_id.get()) else { return };
        let facts = Arc::make_mut(facts);
        facts.media = !e.media_ids.is_empty();
        add_new(&mut facts.tags, e.hashtags.iter().map(|tag| tag.key.clone()));
        add_new(&mut facts.mentions, e.mentions.iter().map(|mention| mention.account_id.get()));
    }

    fn forget(&mut self, id: i64) {
        let Some(facts) = self.facts.remove(&id) else { return };
        let Some(of) = facts.reblog_of else { return };
        if let Some(reblogs) = self.reblogs.get_mut(&of) {
            reblogs.remove(&id);
            if reblogs.is_empty() {
                self.reblogs.remove(&of);
            }
        }
    }
}

fn posted(e: &StatusPosted) -> Facts {
    Facts {
        author: e.account_id.get(),
        conversation: e.conversation_id.get(),
        visibility: e.visibility,
        local: e.local,
        media: !e.media_ids.is_empty(),
        aside: e.in_reply_to.as_ref().is_some_and(|parent| parent.account_id != e.account_id),
        tags: e.hashtags.iter().map(|tag| tag.key.clone()).collect(),
        mentions: e.mentions.iter().map(|mention| mention.account_id.get()).collect(),
        reblog_of: None,
    }
}

fn reblogged(e: &ReblogCreated) -> Facts {
    Facts {
        author: e.account_id.get(),
        conversation: e.status.conversation_id.get(),
        visibility: e.visibility,
        local: true,
        media: false,
        aside: false,
        tags: Vec::new(),
        mentions: Vec::new(),
        reblog_of: Some(e.status.status_id.get()),
    }
}

fn add_new<T: PartialEq>(to: &mut Vec<T>, new: impl Iterator<Item = T>) {
    for one in new {
        if !to.contains(&one) {
            to.push(one);
        }
    }
}

fn values<T: serde::de::DeserializeOwned>(column: Value) -> Vec<T> {
    serde_json::from_value(column).unwrap_or_default()
}
