//! What a status says, the same for every viewer: its row, and what its texts become.

use std::collections::HashMap;
use std::sync::Arc;

use chronodon_domain::text::{self, Format, Mentioned};
use chronodon_events::remote::RemoteStatus;
use chronodon_events::values::{Hashtag, Mention};
use chronodon_projections::core::statuses::{self, Status as Row};
use serde_json::{Value, json};

use crate::api::entities::custom_emojis::{self, CustomEmoji};
use crate::api::error::ApiResult;
use crate::app::App;

/// A status or reblog; a reblog says nothing of its own.
#[derive(Debug, PartialEq)]
pub struct Content {
    /// Its row.
    pub(super) row: Row,
    /// The text.
    pub(super) html: String,
    /// Entities Status::Mention.
    pub(super) mentions: Vec<Value>,
    /// Entities Status::Tag.
    pub(super) tags: Vec<Value>,
    /// Custom emojis that the text or its warning names.
    pub(super) emojis: Vec<CustomEmoji>,
    /// Attachments, in order.
    pub(super) media_ids: Vec<i64>,
}

impl Content {
    /// The statuses and reblogs with these ids, also of authors who are not shown. For those that are not kept: a query,
    /// and one where they name custom emojis.
    pub(super) async fn by_ids(app: &App, ids: &[i64]) -> ApiResult<HashMap<i64, Arc<Self>>> {
        app.kept.statuses.get(ids, |missing| Self::make(app, missing)).await
    }

    pub(in crate::api::entities) async fn make(app: &App, ids: Vec<i64>) -> ApiResult<Vec<(i64, Self)>> {
        let rows = statuses::by_ids(&app.reader, &ids).await?;
        let own = rows.iter().filter(|row| row.local);
        let texts = own.flat_map(|row| [&*row.text, &*row.spoiler_text]);
        let emojis = custom_emojis::named(app, &custom_emojis::shortcodes(texts)).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self::new(app, row, &emojis))).collect())
    }

    fn new(app: &App, row: Row, emojis: &[CustomEmoji]) -> Self {
        let mentions: Vec<Mention> = values(&row.mentions);
        let hashtags: Vec<Hashtag> = values(&row.hashtags);
        let remote: Option<RemoteStatus> = row.remote.clone().and_then(|remote| serde_json::from_value(remote).ok());
        Self {
            html: html(app, row.local, &row.text, &mentions),
            mentions: mentions.iter().map(mention).collect(),
            tags: hashtags.iter().map(|hashtag| tag(app, hashtag)).collect(),
            emojis: match &remote {
                Some(remote) => custom_emojis::remote(app, row.id, &remote.emojis),
                None => custom_emojis::of_text(emojis, [&*row.text, &*row.spoiler_text]),
            },
            media_ids: ids_in(&row.media_ids).collect(),
            row,
        }
    }

    /// About how many bytes it takes: a mention, tag or emoji is a small map, here and in the row.
    pub(in crate::api::entities) fn weight(&self) -> usize {
        let maps = 2 * (self.mentions.len() + self.tags.len()) + self.emojis.len();
        800 + self.html.len() + self.row.text.len() + self.row.spoiler_text.len() + 500 * maps
    }
}

/// What a status says, as HTML: that of another server was sanitised when it came.
pub(in crate::api::entities) fn html(app: &App, local: bool, text: &str, mentions: &[Mention]) -> String {
    if local { content(app, text, mentions) } else { text.to_owned() }
}

/// Plain text as the HTML that clients expect, with links to the accounts that it mentions.
fn content(app: &App, plain: &str, mentions: &[Mention]) -> String {
    let resolve = |found: &text::MentionMatch| {
        let local = found.domain.as_ref().is_none_or(|domain| domain.eq_ignore_ascii_case(&app.domain));
        let at = found.domain.as_deref().filter(|_| !local);
        let same_domain = |mention: &Mention| match (mention.domain.as_deref(), at) {
            (None, None) => true,
            (Some(domain), Some(at)) => domain.eq_ignore_ascii_case(at),
            _ => false,
        };
        let named = mentions
            .iter()
            .find(|mention| same_domain(mention) && mention.username.eq_ignore_ascii_case(&found.username))?;
        Some(Mentioned { url: named.url.clone(), username: named.username.clone(), acct: acct(named) })
    };
    text::to_html(plain, &Format { base_url: &app.base_url, resolve: &resolve, rel_me: false, with_domains: false })
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
pub(crate) fn values<T: serde::de::DeserializeOwned>(column: &Value) -> Vec<T> {
    serde_json::from_value(column.clone()).unwrap_or_default()
}

/// A JSON column of ids.
pub(crate) fn ids_in(column: &Value) -> impl Iterator<Item = i64> + '_ {
    column.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok())
}
