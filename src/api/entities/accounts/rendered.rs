//! What the texts of a profile become. It must not know any viewer.

use std::collections::HashMap;

use chronodon_domain::text::{self, Format, MentionMatch, Mentioned};
use chronodon_projections::core::accounts::{self, Account as Row};

use super::{AccountField, fields};
use crate::api::entities::custom_emojis;
use crate::api::error::ApiResult;
use crate::app::App;

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

/// The rendered texts of these accounts, by id: at most one query, for the accounts that the texts mention.
pub(super) async fn of(app: &App, rows: &[Row]) -> ApiResult<HashMap<i64, Rendered>> {
    let mentioned = mentioned(app, rows).await?;
    Ok(rows.iter().map(|row| (row.id, Rendered::new(app, row, &mentioned))).collect())
}

impl Rendered {
    fn new(app: &App, row: &Row, mentioned: &HashMap<String, Mentioned>) -> Self {
        if row.domain.is_some() {
            return Self::elsewhere(row);
        }
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

    /// Texts of another server are HTML already, and its emojis are its own.
    fn elsewhere(row: &Row) -> Self {
        let fields = fields(&row.fields).into_iter().map(|field| AccountField {
            name: field.name,
            value: field.value,
            verified_at: field.verified_at,
        });
        Self { note: row.note.clone(), fields: fields.collect(), shortcodes: Vec::new() }
    }
}

/// Everything in a profile that may name emojis or mention somebody.
fn texts(row: &Row) -> Vec<String> {
    let fields = fields(&row.fields).into_iter().flat_map(|field| [field.name, field.value]);
    [row.display_name.clone(), row.note.clone()].into_iter().chain(fields).collect()
}

/// The local accounts that the texts mention, by their names in lower case.
async fn mentioned(app: &App, rows: &[Row]) -> ApiResult<HashMap<String, Mentioned>> {
    let texts = rows.iter().filter(|row| row.domain.is_none()).flat_map(texts).filter(|text| text.contains('@'));
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
