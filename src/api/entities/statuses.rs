//! Status.

use std::collections::HashMap;

use chronodon_domain::text::{self, Format, Mentioned};
use chronodon_events::AccountId;
use chronodon_events::values::{Hashtag, Mention};
use chronodon_projections::core::statuses::{self, Status as Row};
use chronodon_projections::core::{media, polls as poll_rows, viewer};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::accounts::{self, Account};
use super::media::MediaAttachment;
use super::polls::{self, Poll};
use crate::api::error::{ApiError, ApiResult};
use crate::api::time::{iso, iso_or_null};
use crate::app::App;
use crate::clock;

/// The entity Status. What depends on the viewer is absent for the anonymous.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Status {
    pub id: String,
    #[serde(serialize_with = "iso")]
    pub created_at: Timestamp,
    pub in_reply_to_id: Option<String>,
    pub in_reply_to_account_id: Option<String>,
    pub sensitive: bool,
    pub spoiler_text: String,
    pub visibility: String,
    pub language: Option<String>,
    pub uri: String,
    pub url: String,
    pub replies_count: i64,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub quotes_count: i64,
    #[serde(serialize_with = "iso_or_null")]
    pub edited_at: Option<Timestamp>,
    #[serde(flatten)]
    pub own: Option<Own>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    pub content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub reblog: Option<Box<Status>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<Value>,
    pub account: Account,
    pub media_attachments: Vec<MediaAttachment>,
    pub mentions: Vec<Value>,
    pub tags: Vec<Value>,
    pub emojis: Vec<Value>,
    pub card: Option<Value>,
    pub poll: Option<Poll>,
    pub quote: Option<Value>,
    pub quote_approval: Value,
    pub tagged_collections: Vec<Value>,
}

/// What the viewer has done with a status.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Own {
    pub favourited: bool,
    pub reblogged: bool,
    pub muted: bool,
    pub bookmarked: bool,
    pub filtered: Vec<Value>,
}

/// What the statuses of a page need beside their own rows.
struct Page {
    rows: HashMap<i64, Row>,
    accounts: HashMap<i64, Account>,
    media: HashMap<i64, MediaAttachment>,
    polls: HashMap<i64, poll_rows::Poll>,
    own: viewer::Own,
    viewer: Option<AccountId>,
    now: Timestamp,
}

/// One status.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not there.
pub async fn one(app: &App, viewer: Option<AccountId>, id: i64) -> ApiResult<Status> {
    in_order(app, viewer, &[id]).await?.pop().ok_or(ApiError::NotFound)
}

/// The statuses with these ids, in their order; those that are gone are left out. At most seven queries.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_order(app: &App, viewer: Option<AccountId>, ids: &[i64]) -> ApiResult<Vec<Status>> {
    let rows = statuses::with_reblogged(&app.reader, ids).await?;
    let page = gather(app, viewer, rows).await?;
    Ok(ids.iter().filter_map(|id| page.render(app, page.rows.get(id)?)).collect())
}

async fn gather(app: &App, viewer: Option<AccountId>, rows: Vec<Row>) -> ApiResult<Page> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut authors: Vec<_> = rows.iter().map(|row| row.account_id).collect();
    authors.sort_unstable();
    authors.dedup();
    let media_ids: Vec<_> = rows.iter().flat_map(|row| ids_in(&row.media_ids)).collect();
    let asking: Vec<_> = rows.iter().filter(|row| row.has_poll).map(|row| row.id).collect();
    let conversations: Vec<_> = rows.iter().map(|row| row.conversation_id).collect();
    let media =
        async { if media_ids.is_empty() { Ok(Vec::new()) } else { Ok(media::by_ids(&app.reader, &media_ids).await?) } };
    let polls =
        async { if asking.is_empty() { Ok(Vec::new()) } else { Ok(poll_rows::by_ids(&app.reader, &asking).await?) } };
    let own = async {
        match viewer {
            Some(viewer) => Ok(viewer::own(&app.reader, viewer, &ids, &conversations).await?),
            None => Ok(viewer::Own::default()),
        }
    };
    let (accounts, media, polls, own): (_, Vec<media::MediaAttachment>, Vec<poll_rows::Poll>, _) =
        tokio::try_join!(accounts::by_ids(app, &authors), media, polls, own)?;
    Ok(Page {
        rows: rows.into_iter().map(|row| (row.id, row)).collect(),
        accounts,
        media: media.iter().map(|row| (row.id, super::media::render(app, row))).collect(),
        polls: polls.into_iter().map(|row| (row.status_id, row)).collect(),
        own,
        viewer,
        now: clock::now(),
    })
}

impl Page {
    fn render(&self, app: &App, row: &Row) -> Option<Status> {
        let account = self.accounts.get(&row.account_id)?.clone();
        let reblog = match row.reblog_of_id {
            Some(id) => Some(Box::new(self.render(app, self.rows.get(&id)?)?)),
            None => None,
        };
        let shown = row.reblog_of_id.and_then(|id| self.rows.get(&id)).unwrap_or(row);
        let own = self.viewer.map(|_| self.own(row));
        let mine = self.viewer.is_some_and(|viewer| viewer.get() == row.account_id);
        let mentions: Vec<Mention> = values(&shown.mentions);
        let hashtags: Vec<Hashtag> = values(&shown.hashtags);
        Some(Status {
            id: row.id.to_string(),
            created_at: row.created_at,
            in_reply_to_id: row.in_reply_to_id.map(|id| id.to_string()),
            in_reply_to_account_id: row.in_reply_to_account_id.map(|id| id.to_string()),
            sensitive: shown.sensitive,
            spoiler_text: shown.spoiler_text.clone(),
            visibility: row.visibility.clone(),
            language: shown.language.clone(),
            uri: uri(app, row, &account),
            url: uri(app, shown, self.accounts.get(&shown.account_id)?)
                .replace("/users/", "/@")
                .replace("/statuses/", "/"),
            replies_count: shown.replies_count,
            reblogs_count: shown.reblogs_count,
            favourites_count: shown.favourites_count,
            quotes_count: 0,
            edited_at: shown.edited_at,
            pinned: (mine && row.reblog_of_id.is_none() && row.visibility != "direct")
                .then(|| self.own.pinned.contains(&row.id)),
            own,
            content: content(app, shown, &mentions),
            text: None,
            reblog,
            application: shown
                .application
                .as_ref()
                .map(|app| json!({ "name": app["name"], "website": app["website"] })),
            account,
            media_attachments: ids_in(&shown.media_ids).filter_map(|id| self.media.get(&id).cloned()).collect(),
            mentions: mentions.iter().map(mention).collect(),
            tags: hashtags.iter().map(|hashtag| tag(app, hashtag)).collect(),
            emojis: Vec::new(),
            card: None,
            poll: self.poll(shown),
            quote: None,
            quote_approval: json!({ "automatic": [], "manual": [], "current_user": "denied" }),
            tagged_collections: Vec::new(),
        })
    }

    fn own(&self, row: &Row) -> Own {
        let id = row.reblog_of_id.unwrap_or(row.id);
        Own {
            favourited: self.own.favourited.contains(&id),
            reblogged: self.own.reblogged.contains(&id),
            muted: self.own.muted_conversations.contains(&row.conversation_id),
            bookmarked: self.own.bookmarked.contains(&id),
            filtered: Vec::new(),
        }
    }

    fn poll(&self, row: &Row) -> Option<Poll> {
        let poll = self.polls.get(&row.id)?;
        let votes = self.viewer.map(|_| self.own.votes.get(&row.id).cloned().unwrap_or_default());
        let mine = self.viewer.is_some_and(|viewer| viewer.get() == row.account_id);
        Some(polls::render(poll, self.now, mine, votes))
    }
}

fn uri(app: &App, row: &Row, author: &Account) -> String {
    let activity = if row.reblog_of_id.is_some() { "/activity" } else { "" };
    app.url(&format!("/users/{}/statuses/{}{activity}", author.username, row.id))
}

fn content(app: &App, row: &Row, mentions: &[Mention]) -> String {
    let resolve = |found: &text::MentionMatch| {
        let local = found.domain.as_ref().is_none_or(|domain| domain.eq_ignore_ascii_case(&app.domain));
        mentions
            .iter()
            .find(|mention| mention.local == local && mention.username.eq_ignore_ascii_case(&found.username))
            .map(|mention| Mentioned {
                url: mention.url.clone(),
                username: mention.username.clone(),
                acct: acct(mention),
            })
    };
    text::to_html(&row.text, &Format { base_url: &app.base_url, resolve: &resolve, rel_me: false, with_domains: false })
}

fn acct(mention: &Mention) -> String {
    mention.domain.as_ref().map_or_else(|| mention.username.clone(), |domain| format!("{}@{domain}", mention.username))
}

fn mention(mention: &Mention) -> Value {
    json!({
        "id": mention.account_id,
        "username": mention.username,
        "url": mention.url,
        "acct": acct(mention),
    })
}

fn tag(app: &App, hashtag: &Hashtag) -> Value {
    json!({ "name": hashtag.key, "url": app.url(&format!("/tags/{}", hashtag.key)) })
}

/// A JSON column of event values.
fn values<T: serde::de::DeserializeOwned>(column: &Value) -> Vec<T> {
    serde_json::from_value(column.clone()).unwrap_or_default()
}

/// A JSON column of ids.
fn ids_in(column: &Value) -> impl Iterator<Item = i64> + '_ {
    column.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok())
}
