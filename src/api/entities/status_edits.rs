//! StatusEdit and StatusSource.

use std::collections::HashMap;

use chronodon_events::values::Mention;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::status_edits::{self, StatusEdit as Row};
use chronodon_projections::core::statuses::Status as StatusRow;
use chronodon_projections::core::{media, polls, statuses};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::accounts::{self, Account};
use super::custom_emojis::{self, CustomEmoji};
use super::media::MediaAttachment;
use super::quotes::Quote;
use super::statuses::{html, ids_in, values};
use crate::api::error::{ApiError, ApiResult};
use crate::api::time::iso;
use crate::app::App;

/// The entity StatusEdit: a version of a status.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct StatusEdit {
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    #[serde(serialize_with = "iso")]
    pub created_at: Timestamp,
    pub account: Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Value>,
    pub media_attachments: Vec<MediaAttachment>,
    pub emojis: Vec<CustomEmoji>,
    pub quote: Option<Quote>,
}

/// The entity StatusSource: a status as its author wrote it.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct StatusSource {
    pub id: String,
    pub text: String,
    pub spoiler_text: String,
}

/// The versions of a status, oldest first; of one that was never edited, the only one. What it quotes is as it is now: no
/// edit changes that. A fixed number of queries.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not there.
pub async fn of(app: &App, viewer: Option<AccountId>, id: StatusId) -> ApiResult<Vec<StatusEdit>> {
    let status = row(app, id).await?;
    let mut versions = status_edits::of(&app.reader, id).await?;
    if versions.is_empty() {
        versions.push(only_version(app, &status).await?);
    }
    let media_ids: Vec<_> = versions.iter().flat_map(|version| ids_in(&version.media_ids)).collect();
    let media =
        async { if media_ids.is_empty() { Ok(Vec::new()) } else { Ok(media::by_ids(&app.reader, &media_ids).await?) } };
    let authors = [status.account_id];
    let (accounts, media) = tokio::try_join!(accounts::by_ids(app, &authors), media)?;
    let texts = versions.iter().flat_map(|version| [&*version.text, &*version.spoiler_text]);
    let emojis = custom_emojis::named(app, &custom_emojis::shortcodes(texts)).await?;
    let account = accounts.get(&status.account_id).ok_or(ApiError::NotFound)?;
    let media: HashMap<i64, MediaAttachment> =
        media.iter().map(|row| (row.id, super::media::render(app, row))).collect();
    let quote = if status.quotes { super::statuses::one(app, viewer, status.id).await?.quote } else { None };
    let render = |version| StatusEdit { quote: quote.clone(), ..render(app, version, account, &media, &emojis) };
    Ok(versions.iter().map(render).collect())
}

/// A status as its author wrote it.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not there.
pub async fn source(app: &App, id: StatusId) -> ApiResult<StatusSource> {
    let StatusRow { id, text, spoiler_text, .. } = row(app, id).await?;
    Ok(StatusSource { id: id.to_string(), text, spoiler_text })
}

async fn row(app: &App, id: StatusId) -> ApiResult<StatusRow> {
    statuses::by_ids(&app.reader, &[id.get()]).await?.pop().ok_or(ApiError::NotFound)
}

async fn only_version(app: &App, status: &StatusRow) -> ApiResult<Row> {
    let poll = if status.has_poll { polls::by_ids(&app.reader, &[status.id]).await?.pop() } else { None };
    Ok(Row {
        status_id: status.id,
        position: 0,
        account_id: status.account_id,
        created_at: status.created_at,
        text: status.text.clone(),
        spoiler_text: status.spoiler_text.clone(),
        sensitive: status.sensitive,
        mentions: status.mentions.clone(),
        media_ids: status.media_ids.clone(),
        poll_options: poll.map(|poll| poll.options),
    })
}

fn render(
    app: &App,
    version: &Row,
    account: &Account,
    media: &HashMap<i64, MediaAttachment>,
    emojis: &[CustomEmoji],
) -> StatusEdit {
    let mentions: Vec<Mention> = values(&version.mentions);
    let titles = |options: &Value| -> Vec<Value> {
        options.as_array().into_iter().flatten().map(|title| json!({ "title": title })).collect()
    };
    StatusEdit {
        content: html(app, !account.acct.contains('@'), &version.text, &mentions),
        spoiler_text: version.spoiler_text.clone(),
        sensitive: version.sensitive,
        created_at: version.created_at,
        account: account.clone(),
        poll: version.poll_options.as_ref().map(|options| json!({ "options": titles(options) })),
        media_attachments: ids_in(&version.media_ids).filter_map(|id| media.get(&id).cloned()).collect(),
        emojis: custom_emojis::of_text(emojis, [&*version.text, &*version.spoiler_text]),
        quote: None,
    }
}
