//! The body of an answer: counted after decompression, cut at its bound, and cut when it drips.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use tokio::time::Instant;

use super::{Bounds, EgressError};

/// An answer's body while it comes.
pub(super) struct Body<'a> {
    response: Response,
    bounds: &'a Bounds,
    bytes_max: u64,
    begun: Instant,
    bytes: u64,
}

impl<'a> Body<'a> {
    /// # Errors
    /// When it says itself that it is too large, or in an encoding that was not asked for.
    pub(super) fn new(response: Response, bytes_max: u64, bounds: &'a Bounds) -> Result<Self, EgressError> {
        // The one that was asked for is gone from the headers when it is taken off.
        if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(EgressError::WrongType);
        }
        if response.content_length().is_some_and(|length| length > bytes_max) {
            return Err(EgressError::TooLarge);
        }
        Ok(Self { response, bounds, bytes_max, begun: Instant::now(), bytes: 0 })
    }

    /// The next piece; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, EgressError> {
        let piece = tokio::time::timeout(self.bounds.silence, self.response.chunk()).await;
        let Some(piece) = piece.map_err(|_| EgressError::TooSlow)?.map_err(EgressError::of)? else { return Ok(None) };
        self.bytes += piece.len() as u64;
        if self.bytes > self.bytes_max {
            return Err(EgressError::TooLarge);
        }
        if self.bytes < self.owed(self.begun.elapsed()) { Err(EgressError::TooSlow) } else { Ok(Some(piece)) }
    }

    /// All of it.
    pub(super) async fn whole(mut self) -> Result<Bytes, EgressError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }

    /// How many bytes have come.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes that must have come after this time.
    fn owed(&self, elapsed: Duration) -> u64 {
        let counted = elapsed.saturating_sub(self.bounds.slow);
        u64::try_from(counted.as_millis()).unwrap_or(u64::MAX).saturating_mul(self.bounds.bytes_per_second_min) / 1_000
    }
}
