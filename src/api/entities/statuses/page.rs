//! What the statuses of a page need beside their own rows, fetched in a fixed number of queries, and how rows become
//! entities. It must not know who may see them.

use std::collections::HashMap;
use std::sync::Arc;

use chronodon_events::AccountId;
use chronodon_projections::core::statuses::Status as Row;
use chronodon_projections::core::{media, polls as poll_rows, viewer};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::rendered::{Rendered, ids_in};
use super::{Own, Status};
use crate::api::entities::accounts::{self, Account};
use crate::api::entities::custom_emojis::{self, CustomEmoji};
use crate::api::entities::media::{self as media_entity, MediaAttachment};
use crate::api::entities::polls::{self, Poll};
use crate::api::error::ApiResult;
use crate::app::App;
use crate::clock;

/// What is the same for every viewer.
pub(super) struct Page {
    rows: HashMap<i64, Row>,
    accounts: HashMap<i64, Account>,
    media: HashMap<i64, MediaAttachment>,
    polls: HashMap<i64, poll_rows::Poll>,
    rendered: HashMap<i64, Arc<Rendered>>,
    emojis: Vec<CustomEmoji>,
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

impl Page {
    /// Everything that these rows need, but what depends on the viewer: authors, media, polls, custom emojis where some
    /// are named.
    pub(super) async fn gather(app: &App, rows: Vec<Row>) -> ApiResult<Self> {
        let mut authors: Vec<_> = rows.iter().map(|row| row.account_id).collect();
        authors.sort_unstable();
        authors.dedup();
        let media_ids: Vec<_> = rows.iter().flat_map(|row| ids_in(&row.media_ids)).collect();
        let asking: Vec<_> = rows.iter().filter(|row| row.has_poll).map(|row| row.id).collect();
        let media = async {
            if media_ids.is_empty() { Ok(Vec::new()) } else { Ok(media::by_ids(&app.reader, &media_ids).await?) }
        };
        let polls = async {
            if asking.is_empty() { Ok(Vec::new()) } else { Ok(poll_rows::by_ids(&app.reader, &asking).await?) }
        };
        let (accounts, media, polls): (_, Vec<media::MediaAttachment>, Vec<poll_rows::Poll>) =
            tokio::try_join!(accounts::by_ids(app, &authors), media, polls)?;
        let texts = rows.iter().filter(|row| row.reblog_of_id.is_none());
        let rendered: HashMap<_, _> = texts.map(|row| (row.id, app.rendered.of(app, row))).collect();
        let emojis = custom_emojis::named(app, &shortcodes(&rendered, &polls)).await?;
        Ok(Self {
            rendered,
            emojis,
            rows: rows.into_iter().map(|row| (row.id, row)).collect(),
            accounts,
            media: media.iter().map(|row| (row.id, media_entity::render(app, row))).collect(),
            polls: polls.into_iter().map(|row| (row.status_id, row)).collect(),
            now: clock::now(),
        })
    }

    /// A status or reblog of this page; nothing when it, or what it shows, is not there.
    pub(super) fn render(&self, app: &App, id: i64, eyes: Option<Eyes<'_>>) -> Option<Status> {
        let row = self.rows.get(&id)?;
        match row.reblog_of_id {
            Some(shown) => {
                let shown = self.content(app, self.rows.get(&shown)?, eyes)?;
                self.reblog(app, row, shown, eyes)
            }
            None => self.content(app, row, eyes),
        }
    }

    /// A status with content of its own.
    fn content(&self, app: &App, row: &Row, eyes: Option<Eyes<'_>>) -> Option<Status> {
        let account = self.accounts.get(&row.account_id)?.clone();
        let mine = eyes.is_some_and(|eyes| eyes.account_id.get() == row.account_id);
        let Rendered { content, mentions, tags, shortcodes } = &**self.rendered.get(&row.id)?;
        Some(Status {
            uri: app.url(&format!("/users/{}/statuses/{}", account.username, row.id)),
            url: app.url(&format!("/@{}/{}", account.username, row.id)),
            spoiler_text: row.spoiler_text.clone(),
            sensitive: row.sensitive,
            language: row.language.clone(),
            content: content.clone(),
            application: row.application.as_ref().filter(|_| mine).map(application),
            media_attachments: ids_in(&row.media_ids).filter_map(|id| self.media.get(&id).cloned()).collect(),
            mentions: mentions.clone(),
            tags: tags.clone(),
            emojis: self.emojis.iter().filter(|emoji| shortcodes.contains(&emoji.shortcode)).cloned().collect(),
            poll: self.poll(row, mine, eyes),
            pinned: eyes.filter(|_| mine && row.visibility != "direct").map(|eyes| eyes.own.pinned.contains(&row.id)),
            ..bare(row, account, eyes)
        })
    }

    /// A reblog says nothing of its own; it counts what the status it shows counts.
    fn reblog(&self, app: &App, row: &Row, shown: Status, eyes: Option<Eyes<'_>>) -> Option<Status> {
        let account = self.accounts.get(&row.account_id)?.clone();
        Some(Status {
            uri: app.url(&format!("/users/{}/statuses/{}/activity", account.username, row.id)),
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
        Some(polls::render(poll, self.now, mine, votes, &self.emojis))
    }
}

/// The custom emojis that texts and answers name, each once.
fn shortcodes(rendered: &HashMap<i64, Arc<Rendered>>, polls: &[poll_rows::Poll]) -> Vec<String> {
    let titles = polls.iter().flat_map(polls::titles);
    let mut all = custom_emojis::shortcodes(titles);
    all.extend(rendered.values().flat_map(|rendered| rendered.shortcodes.iter().cloned()));
    all.sort_unstable();
    all.dedup();
    all
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
        quote_approval: json!({ "automatic": [], "manual": [], "current_user": "denied" }),
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
