//! The store and the pipeline together: an uploaded file in, stored files and what to remember of them out.

use std::io;
use std::path::Path;
use std::sync::Arc;

use chronodon_events::media::MediaKind;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Converter, MediaError, Output, Pipeline, Processed, Purpose, Section, Store};

/// Files that are worked on or wait for it at one time; more are refused.
const WAITING_MAX: usize = 32;

/// What commands need to work with media. Clones are the same library.
#[derive(Debug, Clone)]
pub struct Library {
    /// The files.
    pub store: Store,
    /// The work on them.
    pub pipeline: Pipeline,
    admission: Arc<Semaphore>,
}

/// What was made of a file, as `media.processed` and profiles remember it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// What it turned out to be.
    pub kind: MediaKind,
    /// Of the file at `path`.
    pub mime_type: &'static str,
    /// Path below the store's root; the public address is [`super::serve::URL_PREFIX`] and this.
    pub path: String,
    /// Of an attachment a small picture, of an animated avatar, header or emoji a still one.
    pub preview_path: Option<String>,
    /// Of both files together.
    pub size_bytes: u64,
    /// Sizes, as the API shows them, without focus (see [`super::job::with_focus`]).
    pub meta: Value,
    /// Of an attachment.
    pub blurhash: Option<String>,
}

impl Library {
    /// Opens the store in its directory and looks for ffmpeg.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let store = Store::open(directory)?;
        let pipeline = Pipeline::new(&store.scratch(), Converter::find());
        Ok(Self { store, pipeline, admission: Arc::new(Semaphore::new(WAITING_MAX)) })
    }

    /// Room for one more file among those that are worked on or wait for it, until what this returns is dropped.
    #[must_use]
    pub fn admit(&self) -> Option<OwnedSemaphorePermit> {
        self.admission.clone().try_acquire_owned().ok()
    }

    /// Processes an uploaded file and stores the results. On an error nothing stays in the store.
    pub async fn make(&self, input: &Path, purpose: Purpose, owner: i64) -> Result<Stored, MediaError> {
        let Processed { kind, file, preview, meta, blurhash } = self.pipeline.process(input, purpose).await?;
        let path = self.put(purpose, owner, &file).await?;
        let preview_path = match &preview {
            None => None,
            Some(preview) => match self.put(purpose, owner, preview).await {
                Ok(path) => Some(path),
                Err(error) => {
                    self.store.delete(&path).await?;
                    return Err(error.into());
                }
            },
        };
        let size_bytes = (file.bytes.len() + preview.map_or(0, |preview| preview.bytes.len())) as u64;
        Ok(Stored { kind, mime_type: file.file_type.mime_type(), path, preview_path, size_bytes, meta, blurhash })
    }

    async fn put(&self, purpose: Purpose, owner: i64, output: &Output) -> io::Result<String> {
        let section = match purpose {
            Purpose::Attachment => Section::Attachments,
            Purpose::Avatar => Section::Avatars,
            Purpose::Header => Section::Headers,
            Purpose::Emoji => Section::Emojis,
        };
        Ok(self.store.put(section, owner, output).await?.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Unprocessable, fixtures};

    async fn library_with(bytes: &[u8]) -> (tempfile::TempDir, Library) {
        let data_dir = tempfile::tempdir().expect("a directory");
        let library = Library::open(data_dir.path()).expect("opens");
        let mut upload = library.store.upload(Purpose::Attachment).await.expect("begun");
        upload.write(bytes).await.expect("written");
        let received = upload.finish().await.expect("finished");
        library.store.keep_incoming(42, received).await.expect("kept");
        (data_dir, library)
    }

    #[tokio::test]
    async fn an_upload_becomes_stored_files() {
        let (_data_dir, library) = library_with(&fixtures::jpeg_with_exif(900, 600, 6)).await;
        let incoming = library.store.incoming(42);
        let stored = library.make(&incoming, Purpose::Attachment, 42).await.expect("made");
        library.store.discard_incoming(42).await.expect("discarded");
        let preview_path = stored.preview_path.as_deref().expect("a preview");
        let mut size_bytes = 0;
        for path in [stored.path.as_str(), preview_path] {
            let (file, kept) = library.store.locate(path).expect("ours");
            assert_eq!(kept.file_type().mime_type(), stored.mime_type);
            let bytes = std::fs::read(file).expect("there");
            assert!(!bytes.windows(fixtures::CANARY.len()).any(|window| window == fixtures::CANARY));
            size_bytes += bytes.len() as u64;
        }
        assert_eq!((stored.size_bytes, stored.kind), (size_bytes, MediaKind::Image));
        assert_eq!(stored.meta["original"]["size"], "600x900");
        assert!(!incoming.exists());
    }

    #[tokio::test]
    async fn a_refused_file_leaves_nothing() {
        let (_data_dir, library) = library_with(b"<svg/>").await;
        let refused = library.make(&library.store.incoming(42), Purpose::Attachment, 42).await;
        assert!(matches!(refused, Err(MediaError::Unprocessable(Unprocessable::Unsupported))), "{refused:?}");
        let attachments = library.store.root().join("attachments");
        assert_eq!(std::fs::read_dir(attachments).expect("there").count(), 0);
    }
}
