//! Status.
//!
//! What a status says is the same for everyone and kept ([`content`]), a page is gathered of it ([`page`]), and what a
//! viewer has done with it is laid over last. To show something more: a field here, and a line in `page::Page::render`.

mod content;
mod page;

use std::sync::Arc;

use chronodon_events::AccountId;
use chronodon_projections::core::viewer;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::accounts::Account;
use super::custom_emojis::CustomEmoji;
use super::media::MediaAttachment;
use super::polls::Poll;
use super::quotes::{Quote, QuoteApproval};
use crate::api::error::{ApiError, ApiResult};
use crate::api::time::{iso, iso_or_null};
use crate::app::App;
pub use content::Content;
pub(in crate::api::entities) use content::html;
pub(crate) use content::{ids_in, values};
use page::{Contents, Eyes, Page};

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
    pub media_attachments: Vec<Arc<MediaAttachment>>,
    pub mentions: Vec<Value>,
    pub tags: Vec<Value>,
    pub emojis: Vec<CustomEmoji>,
    pub card: Option<Value>,
    pub poll: Option<Poll>,
    pub quote: Option<Quote>,
    pub quote_approval: QuoteApproval,
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

impl Status {
    /// The same without what it says: for somebody who may not see it, and knows of it all the same.
    #[must_use]
    pub fn withheld(mut self) -> Self {
        self.content.clear();
        self.spoiler_text.clear();
        self.text = None;
        self.media_attachments.clear();
        self.mentions.clear();
        self.tags.clear();
        self.emojis.clear();
        self.card = None;
        self.poll = None;
        self.quote = None;
        self.reblog = self.reblog.map(|shown| Box::new(shown.withheld()));
        self
    }
}

/// One status.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not there.
pub async fn one(app: &App, viewer: Option<AccountId>, id: i64) -> ApiResult<Status> {
    in_order(app, viewer, &[id]).await?.pop().ok_or(ApiError::NotFound)
}

/// The statuses with these ids, in their order. Left out: those that are gone, and those whose author, or the author
/// of what they show, is suspended or not let in. The caller has checked who may see them. One query for what the viewer has done with them, and a fixed number for what is not kept.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_order(app: &App, viewer: Option<AccountId>, ids: &[i64]) -> ApiResult<Vec<Status>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let contents = Contents::gather(app, ids, &[viewer]).await?;
    let (shown, conversations) = contents.about();
    let own = async {
        match viewer {
            Some(viewer) => Ok(viewer::own(&app.reader, viewer, &shown, &conversations).await?),
            None => Ok(viewer::Own::default()),
        }
    };
    let (page, own) = tokio::try_join!(Page::gather(app, contents), own)?;
    let eyes = viewer.map(|account_id| Eyes { account_id, own: &own });
    Ok(ids.iter().filter_map(|id| page.render(app, *id, eyes)).collect())
}

/// One status as each of `viewers` sees it, in their order; nothing when it is gone. The caller has checked who may see
/// it. As many queries as for one viewer.
///
/// # Errors
/// When the database cannot be read.
pub async fn for_viewers(app: &App, viewers: &[AccountId], id: i64) -> ApiResult<Vec<(AccountId, Status)>> {
    if viewers.is_empty() {
        return Ok(Vec::new());
    }
    let eyes: Vec<_> = viewers.iter().copied().map(Some).collect();
    let contents = Contents::gather(app, &[id], &eyes).await?;
    let (shown, conversations) = contents.about();
    let own = async { Ok(viewer::own_of(&app.reader, viewers, &shown, &conversations).await?) };
    let (page, own) = tokio::try_join!(Page::gather(app, contents), own)?;
    let nothing = viewer::Own::default();
    let seen = viewers.iter().filter_map(|viewer| {
        let eyes = Eyes { account_id: *viewer, own: own.get(viewer).unwrap_or(&nothing) };
        Some((*viewer, page.render(app, id, Some(eyes))?))
    });
    Ok(seen.collect())
}
