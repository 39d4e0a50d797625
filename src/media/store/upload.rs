//! Taking in a file piece by piece: bounded while it arrives, gone when nobody keeps it.

use std::io;
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt;

use crate::media::{MediaError, Purpose, Unprocessable};

/// A file that is arriving.
#[derive(Debug)]
pub struct Upload {
    file: tokio::fs::File,
    path: TempPath,
    bytes_written: u64,
    bytes_max: u64,
}

impl Upload {
    pub(super) async fn begin(directory: &Path, purpose: Purpose) -> io::Result<Self> {
        let directory = directory.to_owned();
        let (file, path) = super::blocking(move || Ok(NamedTempFile::new_in(directory)?.into_parts())).await?;
        let bytes_max = purpose.bytes_max() as u64;
        Ok(Self { file: tokio::fs::File::from_std(file), path, bytes_written: 0, bytes_max })
    }

    /// Takes the next piece. Refused as soon as the whole is too large, however long it would go on.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), MediaError> {
        self.bytes_written = self.bytes_written.saturating_add(piece.len() as u64);
        if self.bytes_written > self.bytes_max {
            return Err(Unprocessable::TooLarge { bytes_max: self.bytes_max }.into());
        }
        Ok(self.file.write_all(piece).await?)
    }

    /// The whole file, which is deleted with the returned path unless [`super::Store::keep_incoming`] takes it.
    pub async fn finish(mut self) -> io::Result<TempPath> {
        self.file.flush().await?;
        Ok(self.path)
    }
}
