//! A file of another server while it arrives: judged by its first bytes, bounded by what it is, gone when nobody keeps it.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::blocking;
use crate::media::remote_type::{HEAD_BYTES, RemoteType};

/// A file that is arriving. Writing to it fails as soon as it is seen to be none that is passed on, or too large.
#[derive(Debug)]
pub struct Arriving {
    file: tokio::fs::File,
    path: TempPath,
    head: Vec<u8>,
    file_type: Option<RemoteType>,
    bytes: u64,
    sha256: Sha256,
    refused: bool,
}

/// A file that has arrived whole. It goes with this value.
#[derive(Debug)]
pub struct Arrived {
    pub(super) path: TempPath,
    pub(super) file_type: RemoteType,
    pub(super) bytes: u64,
    pub(super) sha256: [u8; 32],
}

impl Arriving {
    pub(super) async fn begin(directory: PathBuf) -> io::Result<Self> {
        let (file, path) = blocking(move || Ok(NamedTempFile::new_in(directory)?.into_parts())).await?;
        let file = tokio::fs::File::from_std(file);
        let (head, sha256) = (Vec::with_capacity(HEAD_BYTES), Sha256::new());
        Ok(Self { file, path, head, file_type: None, bytes: 0, sha256, refused: false })
    }

    /// Whether it is at fault itself that it did not arrive.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// The file, now that it is there whole; nothing when it is none that is passed on.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn finish(mut self) -> io::Result<Option<Arrived>> {
        let Some(file_type) = self.file_type.or_else(|| RemoteType::sniff(&self.head)) else { return Ok(None) };
        if self.bytes > file_type.bytes_max() {
            return Ok(None);
        }
        self.file.flush().await?;
        // Its name will promise this content, also after a loss of power.
        self.file.sync_data().await?;
        Ok(Some(Arrived { path: self.path, file_type, bytes: self.bytes, sha256: self.sha256.finalize().into() }))
    }

    /// Whether this much may follow what is there.
    fn admits(&mut self, more: usize) -> bool {
        if self.file_type.is_none() && self.head.len() == HEAD_BYTES {
            self.file_type = RemoteType::sniff(&self.head);
            self.refused = self.file_type.is_none();
        }
        if let Some(file_type) = self.file_type {
            self.refused |= self.bytes.saturating_add(more as u64) > file_type.bytes_max();
        }
        !self.refused
    }

    fn count(&mut self, written: &[u8]) {
        let missing = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(written.get(..missing).unwrap_or(written));
        self.bytes += written.len() as u64;
        self.sha256.update(written);
    }
}

impl AsyncWrite for Arriving {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.admits(bytes.len()) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "this is not passed on")));
        }
        let wrote = std::task::ready!(Pin::new(&mut this.file).poll_write(context, bytes))?;
        this.count(&bytes[..wrote]);
        Poll::Ready(Ok(wrote))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().file).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().file).poll_shutdown(context)
    }
}
