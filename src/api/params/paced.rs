//! A body stream that hands the multipart parser one chunk at a time.
//!
//! The parser pulls all that has arrived into memory before it looks at it. Pausing after each chunk, and refusing to
//! go on when many bytes brought neither a part nor a piece of one, bounds what it holds. Must not know multipart.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes};
use futures::{Stream, StreamExt};

/// Most bytes that may arrive without progress: far more than the headers of a part.
const HELD_BYTES_MAX: usize = 64 * 1024;

/// The stream; see the module.
pub(super) struct Paced {
    inner: BodyDataStream,
    paused: bool,
    held: Progress,
}

/// Tells the stream that what it gave was used.
#[derive(Clone, Default)]
pub(super) struct Progress(Arc<AtomicUsize>);

impl Progress {
    /// A part, or a piece of one, came out.
    pub(super) fn made(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Paced {
    pub(super) fn new(body: Body) -> (Self, Progress) {
        let held = Progress::default();
        (Self { inner: body.into_data_stream(), paused: false, held: held.clone() }, held)
    }
}

impl Stream for Paced {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.paused) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.held.0.load(Ordering::Relaxed) > HELD_BYTES_MAX {
            return Poll::Ready(Some(Err(std::io::Error::other("no part in sight"))));
        }
        let Poll::Ready(chunk) = self.inner.poll_next_unpin(context) else { return Poll::Pending };
        if let Some(Ok(bytes)) = &chunk {
            self.held.0.fetch_add(bytes.len(), Ordering::Relaxed);
            self.paused = true;
        }
        Poll::Ready(chunk.map(|chunk| chunk.map_err(std::io::Error::other)))
    }
}
