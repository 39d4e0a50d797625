//! Multipart forms (RFC 7578): text fields nest like any other parameter, files stream to temporary files.
//!
//! Must not know the fields. A part with a file name is a file; one with an empty name and no bytes is the empty file
//! input of a browser's form, and is nothing.

use axum::body::{Body, Bytes};
use axum::http::Extensions;
use chronodon_domain::limits::{BODY_BYTES_MAX, BODY_FIELDS_MAX, BODY_FILES_MAX};
use multer::Field;
use serde_json::{Map, Value};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::body::{CHUNK_WAIT_MAX, broken};
use super::nested::Pairs;
use super::paced::{Paced, Progress};
use super::upload::{FileLimit, Files, Upload, UploadDir};
use crate::api::error::ApiError;

/// All parts of a form.
///
/// # Errors
/// 413 when a file exceeds its limit or the text fields [`BODY_BYTES_MAX`], 400 when the form is broken or has more
/// than [`BODY_FILES_MAX`] files, 503 when the disk is full.
pub(super) async fn read(
    extensions: &Extensions,
    boundary: String,
    body: Body,
) -> Result<(Map<String, Value>, Files), ApiError> {
    let limit = extensions.get::<FileLimit>().copied().unwrap_or_default();
    let dir = extensions.get::<UploadDir>();
    let (stream, progress) = Paced::new(body);
    let mut parts = Parts { form: multer::Multipart::new(stream, boundary), progress };
    let (mut pairs, mut files, mut text_bytes, mut count) = (Pairs::default(), Files::default(), 0, 0);
    while let Some(mut part) = parts.next().await? {
        count += 1;
        if count > BODY_FIELDS_MAX {
            return Err(ApiError::bad_request("Too many parameters"));
        }
        let Some(name) = part.field.name().map(ToOwned::to_owned) else { continue };
        if part.field.file_name().is_none() {
            let text = text(&mut part, &mut text_bytes).await?;
            pairs.add(&name, Some(text))?;
        } else if let Some(upload) = file(&mut part, limit, dir).await? {
            files.0.insert(name, upload);
        }
        if files.0.len() > BODY_FILES_MAX {
            return Err(ApiError::bad_request("Too many files"));
        }
    }
    Ok((pairs.finish(), files))
}

/// The parts of a form, with a bound on the wait for each.
struct Parts {
    form: multer::Multipart<'static>,
    progress: Progress,
}

struct Part {
    field: Field<'static>,
    progress: Progress,
}

impl Parts {
    async fn next(&mut self) -> Result<Option<Part>, ApiError> {
        let waited = tokio::time::timeout(CHUNK_WAIT_MAX, self.form.next_field()).await;
        let field = waited.map_err(|_| broken())?.map_err(|_| malformed())?;
        self.progress.made();
        Ok(field.map(|field| Part { field, progress: self.progress.clone() }))
    }
}

impl Part {
    async fn chunk(&mut self) -> Result<Option<Bytes>, ApiError> {
        let waited = tokio::time::timeout(CHUNK_WAIT_MAX, self.field.chunk()).await;
        let chunk = waited.map_err(|_| broken())?.map_err(|_| malformed())?;
        self.progress.made();
        Ok(chunk)
    }
}

async fn text(part: &mut Part, so_far: &mut usize) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await? {
        *so_far += chunk.len();
        if *so_far > BODY_BYTES_MAX {
            discard(part, BODY_BYTES_MAX as u64).await;
            return Err(ApiError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| ApiError::bad_request("Invalid UTF-8 in the parameters"))
}

async fn file(part: &mut Part, limit: FileLimit, dir: Option<&UploadDir>) -> Result<Option<Upload>, ApiError> {
    let created = dir.map_or_else(NamedTempFile::new, |dir| NamedTempFile::new_in(&dir.0)).map_err(unwritable)?;
    let (file, path) = created.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut size = 0_u64;
    while let Some(chunk) = part.chunk().await? {
        size += chunk.len() as u64;
        if size > limit.bytes {
            discard(part, limit.bytes).await;
            return Err(ApiError::TooLarge);
        }
        file.write_all(&chunk).await.map_err(unwritable)?;
    }
    file.flush().await.map_err(unwritable)?;
    let file_name = part.field.file_name().filter(|name| !name.is_empty()).map(ToOwned::to_owned);
    if size == 0 && file_name.is_none() {
        return Ok(None);
    }
    let content_type = part.field.content_type().map(|kind| kind.essence_str().to_ascii_lowercase());
    Ok(Some(Upload { file_name, content_type, size, file: path }))
}

/// Reads on past what is refused, up to as much again, so that the client gets to see the answer.
async fn discard(part: &mut Part, bytes_max: u64) {
    let mut discarded = 0;
    while let Ok(Some(chunk)) = part.chunk().await {
        discarded += chunk.len() as u64;
        if discarded > bytes_max {
            return;
        }
    }
}

fn malformed() -> ApiError {
    ApiError::bad_request("The multipart form is malformed")
}

fn unwritable(error: std::io::Error) -> ApiError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return ApiError::unavailable("There is no room for uploads at the moment");
    }
    ApiError::internal(error)
}
