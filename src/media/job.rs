//! From an uploaded file to what is shown: the whole of processing, without a store, an event or a table.
//!
//! A few files are worked on at a time, as many as there are cores; the others wait. No byte of the upload reaches
//! the outputs: they are encoded from decoded pixels.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use chronodon_domain::limits;
use chronodon_events::media::MediaKind;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::animation::{self, Animation};
use super::picture::Picture;
use super::{Converter, FileType, Format, MediaError, Unprocessable};

/// What a file was handed in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be attached to a post.
    Attachment,
    /// An account's picture.
    Avatar,
    /// The wide picture on top of a profile.
    Header,
    /// A custom emoji.
    Emoji,
}

impl Purpose {
    /// Bytes of a file that are taken for this.
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Attachment => limits::IMAGE_BYTES_MAX,
            Self::Avatar | Self::Header => limits::AVATAR_BYTES_MAX,
            Self::Emoji => limits::EMOJI_BYTES_MAX,
        }
    }

    /// The one size of this kind of picture, scaled and cut; `None` keeps the shape.
    const fn frame(self) -> Option<(u32, u32)> {
        match self {
            Self::Avatar => Some((limits::AVATAR_SIDE_PIXELS, limits::AVATAR_SIDE_PIXELS)),
            Self::Header => Some((limits::HEADER_WIDTH_PIXELS, limits::HEADER_HEIGHT_PIXELS)),
            Self::Attachment | Self::Emoji => None,
        }
    }

    fn shape(self, picture: Picture) -> Picture {
        match self.frame() {
            Some((width, height)) => picture.crop(width, height),
            None if self == Self::Emoji => picture.fit(limits::EMOJI_PIXELS_MAX),
            None => picture.fit(limits::IMAGE_KEPT_PIXELS_MAX),
        }
    }
}

/// A new file, not yet stored.
#[derive(Debug, Clone)]
pub struct Output {
    /// Names its extension and content type.
    pub file_type: FileType,
    /// The whole of it.
    pub bytes: Bytes,
}

/// What processing makes of a file.
#[derive(Debug, Clone)]
pub struct Processed {
    /// What it turned out to be: a picture, or a silent clip of what was an animated GIF.
    pub kind: MediaKind,
    /// The file that is shown.
    pub file: Output,
    /// Of an attachment: a small picture. Of an avatar, header or emoji: a still one where `file` is animated.
    pub preview: Option<Output>,
    /// `original` and `small` as the API shows them; a caller adds `focus` (see [`with_focus`]).
    pub meta: Value,
    /// Of an attachment.
    pub blurhash: Option<String>,
}

/// `meta` with the point of interest, each coordinate from -1 to 1.
#[must_use]
pub fn with_focus(mut meta: Value, x: f64, y: f64) -> Value {
    meta["focus"] = json!({ "x": x, "y": y });
    meta
}

/// Works on uploaded files. Clones share their workers.
#[derive(Debug, Clone)]
pub struct Pipeline {
    workers: Arc<Semaphore>,
    scratch: Arc<Path>,
    converter: Option<Converter>,
}

impl Pipeline {
    /// As many workers as there are cores. `scratch` takes files for a moment (see [`super::Store::scratch`]).
    /// Without a converter animated GIFs stay GIFs.
    pub fn new(scratch: &Path, converter: Option<Converter>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { workers: Arc::new(Semaphore::new(cores)), scratch: scratch.into(), converter }
    }

    /// Processes one file. Errors say whose fault it was.
    pub async fn process(&self, input: &Path, purpose: Purpose) -> Result<Processed, MediaError> {
        let permit = Arc::clone(&self.workers).acquire_owned().await.map_err(std::io::Error::other)?;
        let path = input.to_owned();
        let (permit, read) = blocking(move || (permit, read(&path, purpose))).await?;
        let upload = read?;
        if purpose == Purpose::Attachment
            && let Some(clip) = self.clip(&upload, input).await?
        {
            return Ok(blocking(move || (permit, clip_processed(&upload, clip))).await?.1?);
        }
        Ok(blocking(move || (permit, upload.picture_processed(purpose))).await?.1?)
    }

    /// The clip of an animated GIF, where there is a converter and it succeeds.
    async fn clip(&self, upload: &Upload, input: &Path) -> Result<Option<Clip>, MediaError> {
        let (Some(converter), Some(animation)) = (&self.converter, upload.animation) else { return Ok(None) };
        if animation.width < 2 || animation.height < 2 {
            return Ok(None);
        }
        let output = tempfile::Builder::new().suffix(".mp4").tempfile_in(&self.scratch)?.into_temp_path();
        if let Err(error) = converter.gif_to_mp4(input, &output).await {
            tracing::warn!(%error, "an animated GIF stays a GIF");
            return Ok(None);
        }
        let bytes = tokio::fs::read(&output).await?;
        Ok((!bytes.is_empty()).then(|| Clip { animation, bytes: bytes.into() }))
    }
}

/// Runs on a blocking thread. A decoder that panics means a damaged file.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, MediaError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Unprocessable::Damaged("its decoder gave up".into()).into())
}

/// A file that was read and measured, but not yet decoded.
struct Upload {
    bytes: Vec<u8>,
    format: Format,
    animation: Option<Animation>,
}

struct Clip {
    animation: Animation,
    bytes: Bytes,
}

fn read(path: &Path, purpose: Purpose) -> Result<Upload, MediaError> {
    let bytes_max = purpose.bytes_max() as u64;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Unprocessable::TooLarge { bytes_max }.into());
    }
    let format = Format::sniff(&bytes).ok_or(Unprocessable::Unsupported)?;
    let animation = Animation::measure(&bytes, format)?;
    Ok(Upload { bytes, format, animation })
}

impl Upload {
    fn picture_processed(self, purpose: Purpose) -> Result<Processed, Unprocessable> {
        let picture = purpose.shape(Picture::decode(&self.bytes, self.format)?);
        let animated = self.animation.and_then(|_| self.animated(purpose));
        let small = (purpose == Purpose::Attachment).then(|| picture.clone().fit(limits::IMAGE_PREVIEW_PIXELS_MAX));
        let mut meta = json!({ "original": size_meta(picture.width(), picture.height()) });
        if let Some(small) = &small {
            meta["small"] = size_meta(small.width(), small.height());
        }
        let blurhash = small.as_ref().map(Picture::blurhash);
        let still = || Output::of(self.encode_still(&picture));
        let (file, preview) = match (animated, small) {
            (Some(animated), None) => (animated, Some(still())),
            (Some(animated), Some(small)) => (animated, Some(Output::of(small.encode_small()))),
            (None, small) => (still(), small.map(|small| Output::of(small.encode_small()))),
        };
        Ok(Processed { kind: MediaKind::Image, file, preview, meta, blurhash })
    }

    /// The animation at its new size. What comes out larger than what may come in is shown still.
    fn animated(&self, purpose: Purpose) -> Option<Output> {
        let bytes = animation::rewrite(&self.bytes, |frame| purpose.shape(frame)).ok()?;
        (bytes.len() <= limits::IMAGE_BYTES_MAX).then(|| Output { file_type: FileType::Gif, bytes: bytes.into() })
    }

    /// Photographs stay JPEG, drawings PNG; WebP, which is either, becomes what it looks like.
    fn encode_still(&self, picture: &Picture) -> (FileType, Vec<u8>) {
        match self.format {
            Format::Png | Format::Gif => (FileType::Png, picture.encode_png()),
            Format::Jpeg | Format::WebP => picture.encode_small(),
        }
    }
}

impl Output {
    fn of((file_type, bytes): (FileType, Vec<u8>)) -> Self {
        Self { file_type, bytes: bytes.into() }
    }
}

fn clip_processed(upload: &Upload, clip: Clip) -> Result<Processed, Unprocessable> {
    let small = Picture::decode(&upload.bytes, upload.format)?.fit(limits::IMAGE_PREVIEW_PIXELS_MAX);
    // The clip shows nothing through, so its preview does not either.
    let preview = Output { file_type: FileType::Jpeg, bytes: small.encode_jpeg().into() };
    let (width, height) = (clip.animation.width & !1, clip.animation.height & !1);
    let seconds = clip.animation.duration_ms as f64 / 1_000.0;
    let frame_rate = clip.animation.frame_rate();
    let mut meta = size_meta(width, height);
    meta["length"] = json!(clock(clip.animation.duration_ms));
    meta["duration"] = json!(seconds);
    meta["fps"] = json!(frame_rate.round() as u64);
    meta["original"] = json!({
        "width": width,
        "height": height,
        "frame_rate": format!("{}/100", (frame_rate * 100.0).round() as u64),
        "duration": seconds,
        "bitrate": (clip.bytes.len() as f64 * 8.0 / seconds).round() as u64,
    });
    meta["small"] = size_meta(small.width(), small.height());
    let file = Output { file_type: FileType::Mp4, bytes: clip.bytes };
    Ok(Processed { kind: MediaKind::Gifv, file, preview: Some(preview), meta, blurhash: Some(small.blurhash()) })
}

fn size_meta(width: u32, height: u32) -> Value {
    let aspect = f64::from(width) / f64::from(height);
    json!({ "width": width, "height": height, "size": format!("{width}x{height}"), "aspect": aspect })
}

/// Hours, minutes, seconds and hundredths: `0:00:01.50`.
fn clock(duration_ms: u64) -> String {
    let (seconds, rest) = (duration_ms / 1_000, duration_ms % 1_000);
    format!("{}:{:02}:{:02}.{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60, rest / 10)
}

#[cfg(test)]
mod tests;
