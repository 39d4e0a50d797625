//! Animated GIFs: measured frame by frame within bounds, and written anew at another size.

use std::io::Cursor;

use chronodon_domain::limits;
use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::{AnimationDecoder, Delay, DynamicImage, Frame, Frames, ImageDecoder};

use super::picture::{Picture, check_size, decode_limits, refusal};
use super::{Format, Unprocessable};

/// Delays below this are not meant: browsers and ffmpeg show such a frame for [`DELAY_DEFAULT_MS`].
const DELAY_MS_MIN: u64 = 20;
const DELAY_DEFAULT_MS: u64 = 100;
/// How carefully colours are chosen when a GIF is written, from 1 (slowest) to 30.
const PALETTE_SPEED: i32 = 10;

/// What an animated GIF is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Animation {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// At least two.
    pub frames: u64,
    /// Of one round.
    pub duration_ms: u64,
}

impl Animation {
    /// Looks through a whole file. `None`: it is no GIF, or one that does not move. Every frame is decoded, so that
    /// what passes here holds no surprise, and too many of them are refused.
    pub fn measure(bytes: &[u8], format: Format) -> Result<Option<Self>, Unprocessable> {
        if format != Format::Gif {
            return Ok(None);
        }
        let (frames, (width, height)) = frames(bytes)?;
        let frame_pixels = u64::from(width) * u64::from(height);
        let mut found = Self { width, height, frames: 0, duration_ms: 0 };
        for frame in frames {
            let frame = frame.map_err(|error| refusal(error, (width, height)))?;
            found.frames += 1;
            found.duration_ms += delay_ms(frame.delay());
            let too_many = found.frames > limits::ANIMATION_FRAMES_MAX as u64;
            if found.frames > 1 && (too_many || found.frames * frame_pixels > limits::ANIMATION_PIXELS_MAX) {
                return Err(Unprocessable::TooLong);
            }
            if found.frames > 1 && frame_pixels > limits::VIDEO_PIXELS_MAX {
                return Err(Unprocessable::TooManyPixels { width, height });
            }
        }
        Ok((found.frames > 1).then_some(found))
    }

    /// Frames per second, on average.
    pub fn frame_rate(&self) -> f64 {
        self.frames as f64 * 1_000.0 / self.duration_ms.max(1) as f64
    }
}

/// Writes an animated GIF anew, each frame changed by `change`, which gives all of them one size. Comments and
/// whatever else the file carries are gone.
pub fn rewrite(bytes: &[u8], change: impl Fn(Picture) -> Picture) -> Result<Vec<u8>, Unprocessable> {
    let (frames, size) = frames(bytes)?;
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut out, PALETTE_SPEED);
    encoder.set_repeat(Repeat::Infinite).map_err(|error| refusal(error, size))?;
    for frame in frames.take(limits::ANIMATION_FRAMES_MAX) {
        let frame = frame.map_err(|error| refusal(error, size))?;
        let delay = Delay::from_numer_denom_ms(u32::try_from(delay_ms(frame.delay())).unwrap_or(u32::MAX), 1);
        let picture = change(Picture::from_image(DynamicImage::ImageRgba8(frame.into_buffer())));
        let changed = Frame::from_parts(picture.into_rgba(), 0, 0, delay);
        encoder.encode_frame(changed).map_err(|error| refusal(error, size))?;
    }
    drop(encoder);
    Ok(out)
}

fn frames(bytes: &[u8]) -> Result<(Frames<'_>, (u32, u32)), Unprocessable> {
    let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|error| refusal(error, (0, 0)))?;
    let size = decoder.dimensions();
    check_size(size)?;
    decoder.set_limits(decode_limits()).map_err(|error| refusal(error, size))?;
    Ok((decoder.into_frames(), size))
}

fn delay_ms(delay: Delay) -> u64 {
    let (numerator, denominator) = delay.numer_denom_ms();
    match u64::from(numerator) / u64::from(denominator.max(1)) {
        too_short if too_short < DELAY_MS_MIN => DELAY_DEFAULT_MS,
        meant => meant,
    }
}
