//! MediaAttachment.

use chronodon_projections::core::media::MediaAttachment as Row;
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;

/// The entity MediaAttachment. `url` is null while it is processed.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct MediaAttachment {
    pub id: String,
    pub r#type: String,
    pub url: Option<String>,
    pub preview_url: Option<String>,
    pub remote_url: Option<String>,
    pub preview_remote_url: Option<String>,
    pub text_url: Option<String>,
    pub meta: Option<Value>,
    pub description: Option<String>,
    pub blurhash: Option<String>,
}

/// Renders an attachment.
#[must_use]
pub fn render(app: &App, row: &Row) -> MediaAttachment {
    let url = row.path.as_deref().map(|path| app.media_url(path));
    let mut meta = row.meta.clone();
    if let (Some(meta), Some(focus)) = (meta.as_mut().and_then(Value::as_object_mut), &row.focus) {
        meta.insert("focus".to_owned(), focus.clone());
    } else if let (None, Some(focus)) = (&meta, &row.focus) {
        meta = Some(json!({ "focus": focus }));
    }
    MediaAttachment {
        id: row.id.to_string(),
        r#type: row.kind.clone().unwrap_or_else(|| "unknown".to_owned()),
        preview_url: row.preview_path.as_deref().map(|path| app.media_url(path)).or_else(|| url.clone()),
        url,
        remote_url: None,
        preview_remote_url: None,
        text_url: None,
        meta,
        description: Some(row.description.clone()).filter(|description| !description.is_empty()),
        blurhash: row.blurhash.clone(),
    }
}
