//! What the texts of a profile become, remembered by the account's id and version. It must not know any viewer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chronodon_domain::limits;
use chronodon_domain::text::{self, Format, MentionMatch, Mentioned};
use chronodon_projections::core::accounts::{self, Account as Row};
use moka::sync::Cache;

use super::{AccountField, fields};
use crate::api::entities::custom_emojis;
use crate::api::error::ApiResult;
use crate::app::App;

/// How long what nobody looks at is remembered: erased texts do not stay longer either.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// Mentions in profiles that are looked up for one page; further ones stay plain text.
const MENTIONS_MAX: usize = 400;

/// The texts of a profile, rendered.
#[derive(Debug)]
pub(super) struct Rendered {
    /// HTML.
    pub(super) note: String,
    /// With HTML.
    pub(super) fields: Vec<AccountField>,
    /// The custom emojis that the texts name, whether there are such or not.
    pub(super) shortcodes: Vec<String>,
}

/// Rendered texts by account and version. Counters change without a version, so they are not in here.
#[derive(Clone, Debug)]
pub struct RenderedAccounts(Cache<(i64, i64), Arc<Rendered>>);

impl Default for RenderedAccounts {
    fn default() -> Self {
        let weigh = |_: &(i64, i64), rendered: &Arc<Rendered>| u32::try_from(rendered.weight()).unwrap_or(u32::MAX);
        let bytes = limits::RENDERED_PROFILES_BYTES_MAX;
        Self(Cache::builder().weigher(weigh).max_capacity(bytes).time_to_idle(IDLE).build())
    }
}

impl RenderedAccounts {
    /// The rendered texts of these accounts, by id: at most one query, for the accounts that new texts mention.
    pub(super) async fn of(&self, app: &App, rows: &[Row]) -> ApiResult<HashMap<i64, Arc<Rendered>>> {
        let mut rendered = HashMap::with_capacity(rows.len());
        let mut missing = Vec::new();
        for row in rows {
            match self.0.get(&(row.id, row.version)) {
                Some(known) => drop(rendered.insert(row.id, known)),
                None => missing.push(row),
            }
        }
        let mentioned = mentioned(app, &missing).await?;
        for row in missing {
            let new = Arc::new(Rendered::new(app, row, &mentioned));
            self.0.insert((row.id, row.version), new.clone());
            rendered.insert(row.id, new);
        }
        Ok(rendered)
    }
}

impl Rendered {
    fn new(app: &App, row: &Row, mentioned: &HashMap<String, Mentioned>) -> Self {
        let resolve = |found: &MentionMatch| mentioned.get(&local_name(app, found)?).cloned();
        let format = Format { base_url: &app.base_url, resolve: &resolve, rel_me: true, with_domains: true };
        let texts = texts(row);
        let fields = fields(&row.fields).into_iter().map(|field| AccountField {
            value: text::field_to_html(&field.value, &format),
            name: field.name,
            verified_at: field.verified_at,
        });
        Self {
            note: text::to_html(&row.note, &format),
            fields: fields.collect(),
            shortcodes: custom_emojis::shortcodes(texts.iter().map(String::as_str)),
        }
    }

    /// About how many bytes it takes.
    fn weight(&self) -> usize {
        let fields = self.fields.iter().map(|field| 100 + field.name.len() + field.value.len());
        200 + self.note.len() + fields.sum::<usize>()
    }
}

/// Everything in a profile that may name emojis or mention somebody.
fn texts(row: &Row) -> Vec<String> {
    let fields = fields(&row.fields).into_iter().flat_map(|field| [field.name, field.value]);
    [row.display_name.clone(), row.note.clone()].into_iter().chain(fields).collect()
}

/// The local accounts that the texts mention, by their names in lower case.
async fn mentioned(app: &App, rows: &[&Row]) -> ApiResult<HashMap<String, Mentioned>> {
    let texts = rows.iter().flat_map(|row| texts(row)).filter(|text| text.contains('@'));
    let mut names: Vec<_> =
        texts.flat_map(|text| text::mentions(&text)).filter_map(|found| local_name(app, &found)).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MENTIONS_MAX);
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let found = accounts::by_local_usernames(&app.reader, &names).await?;
    let mentioned = |row: Row| Mentioned {
        url: app.url(&format!("/@{}", row.username)),
        acct: row.username.clone(),
        username: row.username,
    };
    Ok(found.into_iter().map(|row| (row.username.to_lowercase(), mentioned(row))).collect())
}

fn local_name(app: &App, found: &MentionMatch) -> Option<String> {
    let local = found.domain.as_ref().is_none_or(|domain| domain.eq_ignore_ascii_case(&app.domain));
    local.then(|| found.username.to_lowercase())
}
