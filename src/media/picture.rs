//! One still picture: decoded within bounds, turned upright, scaled, cropped, encoded, summed up.
//!
//! CPU-bound and blocking: [`super::job`] runs it on blocking threads, a few at a time.

use std::io::Cursor;

use chronodon_domain::limits;
use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage, RgbaImage};

use super::{FileType, Format, Unprocessable, colour};

/// Quality of JPEG files, of a hundred.
const JPEG_QUALITY: u8 = 90;
/// Components of a blurhash in each direction.
const BLURHASH_COMPONENTS: u32 = 4;
/// Pixels that a blurhash is computed from: it shows no more detail than these have.
const BLURHASH_PIXELS: u64 = 64 * 64;

/// Upright pixels of eight bits, with an alpha channel only where something shows through.
#[derive(Debug, Clone)]
pub struct Picture(DynamicImage);

impl Picture {
    /// Decodes a file whose format was sniffed. Size is checked on the header, before a pixel is decoded. Metadata is
    /// dropped; the orientation and the colours that it asks for are applied.
    pub fn decode(bytes: &[u8], format: Format) -> Result<Self, Unprocessable> {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format.decoder());
        reader.limits(decode_limits());
        let mut decoder = reader.into_decoder().map_err(|error| refusal(error, (0, 0)))?;
        let size = decoder.dimensions();
        check_size(size)?;
        if decoder.total_bytes() > limits::IMAGE_DECODE_BYTES_MAX {
            return Err(Unprocessable::TooManyPixels { width: size.0, height: size.1 });
        }
        // Broken metadata is no reason to refuse the picture.
        let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
        let profile = decoder.icc_profile().ok().flatten();
        let mut decoded = DynamicImage::from_decoder(decoder).map_err(|error| refusal(error, size))?;
        decoded.apply_orientation(orientation);
        let Self(pixels) = Self::from_image(decoded);
        Ok(Self(match profile {
            Some(profile) => colour::to_srgb(pixels, &profile),
            None => pixels,
        }))
    }

    /// Takes pixels of any kind.
    pub fn from_image(image: DynamicImage) -> Self {
        if !image.color().has_alpha() {
            return Self(DynamicImage::ImageRgb8(image.into_rgb8()));
        }
        let rgba = image.into_rgba8();
        if rgba.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
            return Self(DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(rgba).into_rgb8()));
        }
        Self(DynamicImage::ImageRgba8(rgba))
    }

    /// In pixels.
    pub fn width(&self) -> u32 {
        self.0.width()
    }

    /// In pixels.
    pub fn height(&self) -> u32 {
        self.0.height()
    }

    /// Whether something shows through.
    pub fn has_alpha(&self) -> bool {
        self.0.color().has_alpha()
    }

    /// The same picture with at most so many pixels; a smaller one stays as it is.
    #[must_use]
    pub fn fit(self, pixels_max: u64) -> Self {
        let (width, height) = (self.width(), self.height());
        match fitting_size(width, height, pixels_max) {
            same if same == (width, height) => self,
            (width, height) => self.resize(width, height, &ResizeOptions::new()),
        }
    }

    /// Fills a frame of exactly this size, cutting what stands out evenly on both sides.
    #[must_use]
    pub fn crop(self, width: u32, height: u32) -> Self {
        self.resize(width, height, &ResizeOptions::new().fit_into_destination(Some((0.5, 0.5))))
    }

    fn resize(self, width: u32, height: u32, options: &ResizeOptions) -> Self {
        let (pixel_type, alpha) = if self.has_alpha() { (PixelType::U8x4, true) } else { (PixelType::U8x3, false) };
        let source = Image::from_vec_u8(self.width(), self.height(), self.0.into_bytes(), pixel_type)
            .expect("a decoded picture holds its own pixels");
        let mut target = Image::new(width, height, pixel_type);
        Resizer::new().resize(&source, &mut target, options).expect("both pictures have one pixel type");
        let pixels = target.into_vec();
        Self(if alpha {
            DynamicImage::ImageRgba8(RgbaImage::from_raw(width, height, pixels).expect("resized to this size"))
        } else {
            DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, pixels).expect("resized to this size"))
        })
    }

    /// A new file's bytes, as JPEG where nothing shows through, else as PNG.
    pub fn encode_small(&self) -> (FileType, Vec<u8>) {
        if self.has_alpha() { (FileType::Png, self.encode_png()) } else { (FileType::Jpeg, self.encode_jpeg()) }
    }

    /// JPEG bytes; what shows through becomes white.
    pub fn encode_jpeg(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.on_white()
            .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))
            .expect("eight bits of RGB below 65536 pixels a side are a JPEG");
        bytes
    }

    /// PNG bytes.
    pub fn encode_png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0
            .write_with_encoder(PngEncoder::new_with_quality(
                &mut bytes,
                CompressionType::Default,
                FilterType::Adaptive,
            ))
            .expect("eight bits of RGB or RGBA are a PNG");
        bytes
    }

    /// A placeholder of some thirty characters (<https://blurha.sh>).
    pub fn blurhash(&self) -> String {
        let small = self.clone().fit(BLURHASH_PIXELS).on_white().into_rgba8();
        blurhash::encode(BLURHASH_COMPONENTS, BLURHASH_COMPONENTS, small.width(), small.height(), small.as_raw())
            .expect("four components and four bytes a pixel")
    }

    /// The pixels, with alpha.
    pub(super) fn into_rgba(self) -> RgbaImage {
        self.0.into_rgba8()
    }

    fn on_white(&self) -> DynamicImage {
        let DynamicImage::ImageRgba8(rgba) = &self.0 else { return self.0.clone() };
        DynamicImage::ImageRgb8(RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
            let [red, green, blue, alpha] = rgba.get_pixel(x, y).0.map(u16::from);
            let blend = |colour: u16| u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
            image::Rgb([blend(red), blend(green), blend(blue)])
        }))
    }
}

/// What a decoder may take. The image crate's own defaults are larger.
pub(super) fn decode_limits() -> Limits {
    let mut bounds = Limits::default();
    bounds.max_image_width = Some(limits::IMAGE_SIDE_PIXELS_MAX);
    bounds.max_image_height = Some(limits::IMAGE_SIDE_PIXELS_MAX);
    bounds.max_alloc = Some(limits::IMAGE_DECODE_BYTES_MAX);
    bounds
}

/// Refuses what is too large to be decoded.
pub(super) fn check_size((width, height): (u32, u32)) -> Result<(), Unprocessable> {
    if width == 0 || height == 0 {
        return Err(Unprocessable::Damaged("it has no pixels".into()));
    }
    let side = width.max(height);
    if side > limits::IMAGE_SIDE_PIXELS_MAX || u64::from(width) * u64::from(height) > limits::IMAGE_PIXELS_MAX {
        return Err(Unprocessable::TooManyPixels { width, height });
    }
    Ok(())
}

pub(super) fn refusal(error: ImageError, (width, height): (u32, u32)) -> Unprocessable {
    match error {
        ImageError::Limits(_) => Unprocessable::TooManyPixels { width, height },
        error => Unprocessable::Damaged(error.to_string()),
    }
}

/// The largest size of the same shape within so many pixels.
fn fitting_size(width: u32, height: u32, pixels_max: u64) -> (u32, u32) {
    let pixels = u64::from(width) * u64::from(height);
    if pixels <= pixels_max {
        return (width, height);
    }
    let ratio = (pixels_max as f64 / pixels as f64).sqrt();
    let side_max = u32::try_from(pixels_max).unwrap_or(u32::MAX);
    // A long strip has a side that cannot shrink below one pixel; the other is then bounded alone.
    let scale = |side: u32| ((f64::from(side) * ratio) as u32).clamp(1, side_max);
    (scale(width), scale(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_fit_and_keep_their_shape() {
        for (size, pixels_max, expected) in [
            ((640, 360), 230_400, (640, 360)),
            ((1_280, 720), 230_400, (640, 360)),
            ((7_680, 4_320), 8_294_400, (3_840, 2_160)),
            ((100, 1_000_000), 8_294_400, (28, 288_000)),
            ((32_768, 1), 4_096, (4_096, 1)),
            ((1, 32_768), 4_096, (1, 4_096)),
        ] {
            let (width, height) = fitting_size(size.0, size.1, pixels_max);
            assert!(u64::from(width) * u64::from(height) <= pixels_max, "{size:?}");
            assert_eq!((width, height), expected, "{size:?}");
        }
    }
}
