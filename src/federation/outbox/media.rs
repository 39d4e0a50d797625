//! Pictures and attachments in documents.

use chronodon_events::values::ImageFile;
use chronodon_projections::core::media::MediaAttachment as Row;
use serde_json::{Map, Value, json};

use crate::app::App;

/// What a file is by the end of its name, for pictures that this server has processed itself.
pub(in crate::federation) fn type_by_name(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("gif") => "image/gif",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        _ => "image/jpeg",
    }
}

/// A picture of a profile.
pub(super) fn image(app: &App, file: &ImageFile) -> Value {
    let mut image = json!({ "type": "Image", "mediaType": type_by_name(&file.path), "url": app.media_url(&file.path) });
    if !file.description.is_empty() {
        image["summary"] = file.description.clone().into();
    }
    image
}

/// A file of a status. One that is still being processed has no address yet, and none is said.
pub(super) fn attachment(app: &App, row: &Row) -> Option<Value> {
    let path = row.path.as_deref()?;
    let mut document = Map::new();
    document.insert("type".to_owned(), "Document".into());
    let kind = row.mime_type.as_deref().unwrap_or_else(|| type_by_name(path));
    document.insert("mediaType".to_owned(), kind.into());
    document.insert("url".to_owned(), app.media_url(path).into());
    let description = Some(&row.description).filter(|text| !text.is_empty());
    document.insert("name".to_owned(), json!(description));
    if let Some(blurhash) = &row.blurhash {
        document.insert("blurhash".to_owned(), blurhash.as_str().into());
    }
    if let Some(focus) = &row.focus {
        document.insert("focalPoint".to_owned(), json!([focus["x"], focus["y"]]));
    }
    let original = row.meta.as_ref().map(|meta| &meta["original"]);
    for size in ["width", "height"] {
        if let Some(pixels) = original.and_then(|original| original[size].as_i64()) {
            document.insert(size.to_owned(), pixels.into());
        }
    }
    if let Some(preview) = row.preview_path.as_deref().filter(|_| !kind.starts_with("image/")) {
        let icon = json!({ "type": "Image", "mediaType": type_by_name(preview), "url": app.media_url(preview) });
        document.insert("icon".to_owned(), icon);
    }
    Some(Value::Object(document))
}
