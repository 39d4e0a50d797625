//! MediaAttachment.

use std::collections::HashMap;
use std::sync::Arc;

use chronodon_projections::core::media::{self, MediaAttachment as Row};
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::error::ApiResult;
use crate::app::App;

/// The entity MediaAttachment. `url` is null while it is processed.
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// The attachments with these ids. One query, where some are not kept.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(app: &App, ids: &[i64]) -> ApiResult<HashMap<i64, Arc<MediaAttachment>>> {
    app.kept.media.get(ids, |missing| make(app, missing)).await
}

pub(super) async fn make(app: &App, ids: Vec<i64>) -> ApiResult<Vec<(i64, MediaAttachment)>> {
    let rows = media::by_ids(&app.reader, &ids).await?;
    Ok(rows.iter().map(|row| (row.id, render(app, row))).collect())
}

impl MediaAttachment {
    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        1_500 + self.description.as_ref().map_or(0, String::len)
    }
}

/// Renders an attachment.
#[must_use]
pub fn render(app: &App, row: &Row) -> MediaAttachment {
    let proxied = |url: &Option<String>| url.as_deref().map(|url| app.proxied.address(row.id, url));
    let url = row.path.as_deref().map(|path| app.media_url(path)).or_else(|| proxied(&row.remote_url));
    let mut meta = row.meta.clone();
    if let (Some(meta), Some(focus)) = (meta.as_mut().and_then(Value::as_object_mut), &row.focus) {
        meta.insert("focus".to_owned(), focus.clone());
    } else if let (None, Some(focus)) = (&meta, &row.focus) {
        meta = Some(json!({ "focus": focus }));
    }
    MediaAttachment {
        id: row.id.to_string(),
        r#type: row.kind.clone().unwrap_or_else(|| "unknown".to_owned()),
        preview_url: (row.preview_path.as_deref().map(|path| app.media_url(path)))
            .or_else(|| proxied(&row.preview_remote_url))
            .or_else(|| url.clone()),
        url,
        remote_url: row.remote_url.clone(),
        preview_remote_url: row.preview_remote_url.clone(),
        text_url: None,
        meta,
        description: Some(row.description.clone()).filter(|description| !description.is_empty()),
        blurhash: row.blurhash.clone(),
    }
}
