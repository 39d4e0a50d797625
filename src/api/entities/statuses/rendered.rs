//! What the texts of a status become, remembered by the status's id and version. It must not know any viewer.

use std::sync::Arc;
use std::time::Duration;

use chronodon_domain::limits;
use chronodon_domain::text::{self, Format, Mentioned};
use chronodon_events::values::{Hashtag, Mention};
use chronodon_projections::core::statuses::Status as Row;
use moka::sync::Cache;
use serde_json::{Value, json};

use crate::api::entities::custom_emojis;
use crate::app::App;

/// How long what nobody looks at is remembered: erased texts do not stay longer either.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// The texts of a status, rendered.
#[derive(Debug)]
pub(super) struct Rendered {
    /// HTML.
    pub(super) content: String,
    /// Entities Status::Mention.
    pub(super) mentions: Vec<Value>,
    /// Entities Status::Tag.
    pub(super) tags: Vec<Value>,
    /// Custom emojis that the text or its warning names, sorted.
    pub(super) shortcodes: Vec<String>,
}

/// Rendered texts by status and version. An edit makes another version; counters change without one, so they are not
/// in here.
#[derive(Clone, Debug)]
pub struct RenderedStatuses(Cache<(i64, i64), Arc<Rendered>>);

impl Default for RenderedStatuses {
    fn default() -> Self {
        let weigh = |_: &(i64, i64), rendered: &Arc<Rendered>| u32::try_from(rendered.weight()).unwrap_or(u32::MAX);
        Self(Cache::builder().weigher(weigh).max_capacity(limits::RENDERED_BYTES_MAX).time_to_idle(IDLE).build())
    }
}

impl RenderedStatuses {
    /// The rendered texts of a status with content of its own.
    pub(super) fn of(&self, app: &App, row: &Row) -> Arc<Rendered> {
        self.0.get_with((row.id, row.version), || Arc::new(Rendered::new(app, row)))
    }
}

impl Rendered {
    fn new(app: &App, row: &Row) -> Self {
        let mentions: Vec<Mention> = values(&row.mentions);
        let hashtags: Vec<Hashtag> = values(&row.hashtags);
        Self {
            content: content(app, &row.text, &mentions),
            mentions: mentions.iter().map(mention).collect(),
            tags: hashtags.iter().map(|hashtag| tag(app, hashtag)).collect(),
            shortcodes: custom_emojis::shortcodes([&*row.text, &*row.spoiler_text]),
        }
    }

    /// About how many bytes it takes: a mention or tag is a small map.
    fn weight(&self) -> usize {
        200 + self.content.len() + 600 * (self.mentions.len() + self.tags.len())
    }
}

/// Plain text as the HTML that clients expect, with links to the accounts that it mentions.
pub(in crate::api::entities) fn content(app: &App, plain: &str, mentions: &[Mention]) -> String {
    let resolve = |found: &text::MentionMatch| {
        let local = found.domain.as_ref().is_none_or(|domain| domain.eq_ignore_ascii_case(&app.domain));
        let named = mentions
            .iter()
            .find(|mention| mention.local == local && mention.username.eq_ignore_ascii_case(&found.username))?;
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
pub(in crate::api::entities) fn values<T: serde::de::DeserializeOwned>(column: &Value) -> Vec<T> {
    serde_json::from_value(column.clone()).unwrap_or_default()
}

/// A JSON column of ids.
pub(in crate::api::entities) fn ids_in(column: &Value) -> impl Iterator<Item = i64> + '_ {
    column.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok())
}
