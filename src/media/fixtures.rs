//! Files for tests, made by code: pictures that are well, and files that mean harm.

use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// Stands in metadata, comments and tails of files; no output may hold it.
pub const CANARY: &[u8] = b"CANARY-52.5200N-13.4050E";

/// A gradient whose left half is reddish and right half bluish, so that turning it shows.
pub fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let shade = u8::try_from(y * 60 / height.max(1)).unwrap_or(60);
        if x < width / 2 { Rgb([200, shade, shade]) } else { Rgb([shade, shade, 200]) }
    })
}

pub fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).expect("encodes");
    bytes.into_inner()
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode(gradient(width, height), ImageFormat::Jpeg)
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    encode(gradient(width, height), ImageFormat::Png)
}

pub fn webp(width: u32, height: u32) -> Vec<u8> {
    encode(gradient(width, height), ImageFormat::WebP)
}

/// A disc on nothing.
pub fn transparent(side: u32) -> RgbaImage {
    let middle = f64::from(side) / 2.0;
    RgbaImage::from_fn(side, side, |x, y| {
        let inside = (f64::from(x) - middle).hypot(f64::from(y) - middle) < middle * 0.8;
        Rgba([20, 160, 60, if inside { 255 } else { 0 }])
    })
}

/// A JPEG whose metadata asks to be turned (1 to 8) and holds the canary.
pub fn jpeg_with_exif(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let plain = jpeg(width, height);
    let canary_length = u32::try_from(CANARY.len()).expect("short");
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x0e, 0x01, 2, 0]);
    tiff.extend(canary_length.to_le_bytes());
    tiff.extend(38_u32.to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(CANARY);
    let mut out = plain[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend(u16::try_from(tiff.len() + 8).expect("short").to_be_bytes());
    out.extend(b"Exif\0\0");
    out.extend(tiff);
    out.extend(&plain[2..]);
    out
}

/// One colour of a profile's own space, with that profile.
pub fn png_with_profile(colour: [u8; 3], profile: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile).expect("PNG holds profiles");
    RgbImage::from_pixel(8, 8, Rgb(colour)).write_with_encoder(encoder).expect("encodes");
    bytes
}

/// A GIF of so many frames of so many milliseconds each, with the canary in a comment.
pub fn animated_gif(width: u32, height: u32, frames: u32, delay_ms: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
        encoder.set_repeat(Repeat::Infinite).expect("encodes");
        for index in 0..frames {
            let shade = u8::try_from(index * 255 / frames).expect("at most 255");
            let picture = RgbaImage::from_pixel(width, height, Rgba([shade, 80, 255 - shade, 255]));
            let delay = Delay::from_numer_denom_ms(delay_ms, 1);
            encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).expect("encodes");
        }
    }
    let trailer = bytes.pop().expect("has a trailer");
    bytes.extend([0x21, 0xfe, u8::try_from(CANARY.len()).expect("short")]);
    bytes.extend(CANARY);
    bytes.extend([0, trailer]);
    bytes
}

/// A PNG whose header promises this size and whose body is almost nothing.
pub fn png_promising(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, b"IHDR", &header);
    chunk(&mut out, b"IDAT", &[0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1]);
    chunk(&mut out, b"IEND", &[]);
    out
}

/// A PNG with a text chunk that holds the canary.
pub fn png_with_text(width: u32, height: u32) -> Vec<u8> {
    let plain = png(width, height);
    let after_header = 8 + 25;
    let mut out = plain[..after_header].to_vec();
    chunk(&mut out, b"tEXt", &[b"Comment\0", CANARY].concat());
    out.extend(&plain[after_header..]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend(u32::try_from(data.len()).expect("short").to_be_bytes());
    let from = out.len();
    out.extend(kind);
    out.extend(data);
    out.extend(crc32(&out[from..]).to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
