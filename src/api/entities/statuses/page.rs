//! What the statuses of a page need beside their own rows, fetched in a fixed number of queries, and how rows become
//! entities. It must not know who may see them.

use std::collections::HashMap;
use std::sync::Arc;

use chronodon_events::AccountId;
use chronodon_projections::core::statuses::Status as Row;
use chronodon_projections::core::viewer;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::content::Content;
use super::{Own, QuoteApproval, Status};
use crate::api::entities::accounts::{self, Account};
use crate::api::entities::media::{self as media_entity, MediaAttachment};
use crate::api::entities::polls::{self, AskedPoll, Poll};
use crate::api::error::ApiResult;
use crate::app::App;
use crate::clock;

/// What the statuses of a page say, and those that they show.
pub(super) struct Contents(HashMap<i64, Arc<Content>>);

/// What is the same for every viewer.
pub(super) struct Page {
    contents: HashMap<i64, Arc<Content>>,
    accounts: HashMap<i64, Account>,
    media: HashMap<i64, Arc<MediaAttachment>>,
    polls: HashMap<i64, Arc<AskedPoll>>,
    now: Timestamp,
}

/// Through whose eyes a page is seen.
#[derive(Clone, Copy)]
pub(super) struct Eyes<'a> {
    /// Whose.
    pub(super) account_id: AccountId,
    /// What they have done with the statuses of the page.
    pub(super) own: &'a viewer::Own,
}

impl Contents {
    /// Of these statuses, and of those that they show.
    pub(super) async fn gather(app: &App, ids: &[i64]) -> ApiResult<Self> {
        let mut contents = Content::by_ids(app, ids).await?;
        let shown = contents.values().filter_map(|content| content.row.reblog_of_id);
        let shown: Vec<_> = shown.filter(|id| !contents.contains_key(id)).collect();
        contents.extend(Content::by_ids(app, &shown).await?);
        Ok(Self(contents))
    }

    /// The ids of the statuses, and of their conversations.
    pub(super) fn about(&self) -> (Vec<i64>, Vec<i64>) {
        self.0.values().map(|content| (content.row.id, content.row.conversation_id)).unzip()
    }
}

impl Page {
    /// Everything that these statuses need, but what depends on the viewer: authors, media, polls.
    pub(super) async fn gather(app: &App, Contents(contents): Contents) -> ApiResult<Self> {
        let mut authors: Vec<_> = contents.values().map(|content| content.row.account_id).collect();
        authors.sort_unstable();
        authors.dedup();
        let media_ids: Vec<_> = contents.values().flat_map(|content| content.media_ids.iter().copied()).collect();
        let asking: Vec<_> = contents.values().filter(|c| c.row.has_poll).map(|c| c.row.id).collect();
        let (accounts, media, polls) = tokio::try_join!(
            accounts::by_ids(app, &authors),
            media_entity::by_ids(app, &media_ids),
            polls::by_ids(app, &asking)
        )?;
        Ok(Self { contents, accounts, media, polls, now: clock::now() })
    }

    /// A status or reblog of this page; nothing when it, or what it shows, is not there.
    pub(super) fn render(&self, app: &App, id: i64, eyes: Option<Eyes<'_>>) -> Option<Status> {
        let content = self.contents.get(&id)?;
        match content.row.reblog_of_id {
            Some(shown) => {
                let shown = self.content(app, self.contents.get(&shown)?, eyes)?;
                self.reblog(app, &content.row, shown, eyes)
            }
            None => self.content(app, content, eyes),
        }
    }

    /// Nothing for what an author has posted who is suspended or not let in.
    fn author(&self, row: &Row) -> Option<Account> {
        self.accounts.get(&row.account_id).filter(|account| account.is_shown()).cloned()
    }

    /// A status with content of its own.
    fn content(&self, app: &App, content: &Content, eyes: Option<Eyes<'_>>) -> Option<Status> {
        let row = &content.row;
        let account = self.author(row)?;
        let mine = eyes.is_some_and(|eyes| eyes.account_id.get() == row.account_id);
        Some(Status {
            uri: row
                .uri
                .clone()
                .unwrap_or_else(|| app.url(&format!("/users/{}/statuses/{}", account.username, row.id))),
            url: row.url.clone().unwrap_or_else(|| app.url(&format!("/@{}/{}", account.username, row.id))),
            spoiler_text: row.spoiler_text.clone(),
            sensitive: row.sensitive,
            language: row.language.clone(),
            content: content.html.clone(),
            application: row.application.as_ref().filter(|_| mine).map(application),
            media_attachments: content.media_ids.iter().filter_map(|id| self.media.get(id).cloned()).collect(),
            mentions: content.mentions.clone(),
            tags: content.tags.clone(),
            emojis: content.emojis.clone(),
            poll: self.poll(row, mine, eyes),
            pinned: eyes.filter(|_| mine && row.visibility != "direct").map(|eyes| eyes.own.pinned.contains(&row.id)),
            ..bare(row, account, eyes)
        })
    }

    /// A reblog says nothing of its own; it counts what the status it shows counts.
    fn reblog(&self, app: &App, row: &Row, shown: Status, eyes: Option<Eyes<'_>>) -> Option<Status> {
        let account = self.author(row)?;
        Some(Status {
            uri: row
                .uri
                .clone()
                .unwrap_or_else(|| app.url(&format!("/users/{}/statuses/{}/activity", account.username, row.id))),
            url: shown.url.clone(),
            replies_count: shown.replies_count,
            reblogs_count: shown.reblogs_count,
            favourites_count: shown.favourites_count,
            reblog: Some(Box::new(shown)),
            ..bare(row, account, eyes)
        })
    }

    fn poll(&self, row: &Row, mine: bool, eyes: Option<Eyes<'_>>) -> Option<Poll> {
        let poll = self.polls.get(&row.id)?;
        let votes = eyes.map(|eyes| eyes.own.votes.get(&row.id).cloned().unwrap_or_default());
        Some(polls::render(poll, self.now, mine, votes))
    }
}

/// What statuses and reblogs have in common, and the rest empty.
fn bare(row: &Row, account: Account, eyes: Option<Eyes<'_>>) -> Status {
    Status {
        id: row.id.to_string(),
        created_at: row.created_at,
        in_reply_to_id: row.in_reply_to_id.map(|id| id.to_string()),
        in_reply_to_account_id: row.in_reply_to_account_id.map(|id| id.to_string()),
        sensitive: false,
        spoiler_text: String::new(),
        visibility: row.visibility.clone(),
        language: None,
        uri: String::new(),
        url: String::new(),
        replies_count: row.replies_count,
        reblogs_count: row.reblogs_count,
        favourites_count: row.favourites_count,
        quotes_count: 0,
        edited_at: row.edited_at,
        own: eyes.map(|eyes| own(row, eyes.own)),
        pinned: None,
        content: String::new(),
        text: None,
        reblog: None,
        application: None,
        account,
        media_attachments: Vec::new(),
        mentions: Vec::new(),
        tags: Vec::new(),
        emojis: Vec::new(),
        card: None,
        poll: None,
        quote: None,
        quote_approval: QuoteApproval::DENIED,
        tagged_collections: Vec::new(),
    }
}

/// For a reblog: what the viewer has done with the status that it shows.
fn own(row: &Row, own: &viewer::Own) -> Own {
    let id = row.reblog_of_id.unwrap_or(row.id);
    Own {
        favourited: own.favourited.contains(&id),
        reblogged: own.reblogged.contains(&id),
        muted: own.muted_conversations.contains(&row.conversation_id),
        bookmarked: own.bookmarked.contains(&id),
        filtered: Vec::new(),
    }
}

/// The app that a status was posted with: only its author sees it.
fn application(app: &Value) -> Value {
    json!({ "name": app["name"], "website": app["website"] })
}
