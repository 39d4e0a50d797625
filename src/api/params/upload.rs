//! Files a request brought, each in a temporary file that goes away with its [`Upload`].
//!
//! Must not know formats: what a file is, is for `media` to find out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chronodon_domain::limits::IMAGE_BYTES_MAX;
use tempfile::TempPath;
use tokio::io::AsyncReadExt;

/// Bytes of [`Upload::start`].
const START_BYTES: u64 = 64;

/// Most bytes of one file at a route, 16 MB (an image) unless it says otherwise: `.layer(Extension(FileLimit { bytes: 99 << 20 }))`.
#[derive(Clone, Copy, Debug)]
pub struct FileLimit {
    /// The bound, in bytes.
    pub bytes: u64,
}

impl Default for FileLimit {
    fn default() -> Self {
        Self { bytes: IMAGE_BYTES_MAX as u64 }
    }
}

/// Where uploads are written, as a request extension: best on the volume of the media store. The system's place for
/// temporary files when absent.
#[derive(Clone, Debug)]
pub struct UploadDir(pub Arc<Path>);

/// One uploaded file. Its temporary file is removed when this is dropped.
#[derive(Debug)]
pub struct Upload {
    /// The name the client gave, of no authority; never a path to open.
    pub file_name: Option<String>,
    /// The type the client gave, lower case and without parameters; of no authority.
    pub content_type: Option<String>,
    /// Bytes written.
    pub size: u64,
    pub(super) file: TempPath,
}

impl Upload {
    /// Where the bytes lie until this is dropped.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// The whole file in memory.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub async fn bytes(&self) -> std::io::Result<Vec<u8>> {
        tokio::fs::read(&self.file).await
    }

    /// The first bytes, by which a format is known.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub async fn start(&self) -> std::io::Result<Vec<u8>> {
        let mut start = Vec::new();
        tokio::fs::File::open(&self.file).await?.take(START_BYTES).read_to_end(&mut start).await?;
        Ok(start)
    }

    /// The file, for somebody who keeps it; removed when what this returns is dropped.
    #[must_use]
    pub fn into_path(self) -> TempPath {
        self.file
    }

    /// Keeps the file: it stays at [`Upload::path`] and is the caller's to move or remove.
    ///
    /// # Errors
    /// When the system cannot mark it kept.
    pub fn keep(self) -> std::io::Result<PathBuf> {
        self.file.keep().map_err(|refused| refused.error)
    }
}

/// The files of a request by field name (`file`, `thumbnail`, `avatar`, `header`). The last of equal names wins.
#[derive(Debug, Default)]
pub struct Files(pub(super) BTreeMap<String, Upload>);

impl Files {
    /// The file of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Upload> {
        self.0.get(field)
    }

    /// Takes the file of a field out.
    pub fn take(&mut self, field: &str) -> Option<Upload> {
        self.0.remove(field)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
