//! CustomEmoji.

use chronodon_domain::text;
use chronodon_events::remote::RemoteEmoji;
use chronodon_events::values::ImageFile;
use chronodon_projections::core::custom_emojis::{self, CustomEmoji as Row};
use serde::Serialize;

use crate::api::error::ApiResult;
use crate::app::App;

/// The entity CustomEmoji. `category` is absent where there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct CustomEmoji {
    pub shortcode: String,
    pub url: String,
    pub static_url: String,
    pub visible_in_picker: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    pub featured: bool,
}

/// Renders an emoji.
#[must_use]
pub fn render(app: &App, row: &Row) -> CustomEmoji {
    let image: ImageFile = serde_json::from_value(row.image.clone()).unwrap_or_default();
    CustomEmoji {
        shortcode: row.shortcode.clone(),
        static_url: app.media_url(image.static_path.as_deref().unwrap_or(&image.path)),
        url: app.media_url(&image.path),
        visible_in_picker: row.visible_in_picker,
        category: row.category.clone(),
        featured: false,
    }
}

/// Emojis of another server, by way of this one. `owner` is what they belong to.
#[must_use]
pub fn remote(app: &App, owner: i64, emojis: &[RemoteEmoji]) -> Vec<CustomEmoji> {
    let rendered = emojis.iter().map(|emoji| {
        let url = app.proxied.address(owner, &emoji.url);
        CustomEmoji {
            shortcode: emoji.shortcode.clone(),
            static_url: url.clone(),
            url,
            visible_in_picker: false,
            category: None,
            featured: false,
        }
    });
    rendered.collect()
}

/// The shortcodes that texts name, each once: what [`named`] is asked for.
pub fn shortcodes<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let texts = texts.into_iter().filter(|text| text.contains(':'));
    sorted(texts.flat_map(|text| text::emoji_shortcodes(text).into_iter().map(|found| found.shortcode)))
}

/// Shortcodes in order, each once.
pub fn sorted(shortcodes: impl Iterator<Item = String>) -> Vec<String> {
    let mut sorted: Vec<_> = shortcodes.collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// The emojis of these shortcodes that there are, by shortcode. No query where none is named.
///
/// # Errors
/// When the database cannot be read.
pub async fn named(app: &App, shortcodes: &[String]) -> ApiResult<Vec<CustomEmoji>> {
    if shortcodes.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = custom_emojis::by_shortcodes(&app.reader, shortcodes).await?;
    rows.sort_by(|a, b| a.shortcode.cmp(&b.shortcode));
    Ok(rows.iter().map(|row| render(app, row)).collect())
}

/// Those of `emojis` that `text` names: for one entity of a page whose emojis were fetched together.
#[must_use]
pub fn of_text<'a>(emojis: &[CustomEmoji], texts: impl IntoIterator<Item = &'a str>) -> Vec<CustomEmoji> {
    if emojis.is_empty() {
        return Vec::new();
    }
    let named = shortcodes(texts);
    emojis.iter().filter(|emoji| named.binary_search(&emoji.shortcode).is_ok()).cloned().collect()
}
