//! Colour: what a picture's ICC profile means, in sRGB, so that the profile itself need not be kept.
//!
//! Phones photograph in Display P3; shown as sRGB without this, their colours are pale.

use image::{DynamicImage, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Larger profiles are ignored; a display's or camera's has some kilobytes.
const PROFILE_BYTES_MAX: usize = 1024 * 1024;

/// Converts a picture of eight bits from the colours of this profile. What the profile does not make sense for, or
/// what does not make sense as a profile, leaves the picture as it is.
pub(super) fn to_srgb(picture: DynamicImage, profile: &[u8]) -> DynamicImage {
    if profile.len() > PROFILE_BYTES_MAX {
        return picture;
    }
    match ColorProfile::new_from_slice(profile) {
        Ok(profile) if profile.color_space == DataColorSpace::Rgb => convert(&picture, &profile).unwrap_or(picture),
        _ => picture,
    }
}

fn convert(picture: &DynamicImage, profile: &ColorProfile) -> Option<DynamicImage> {
    let layout = match picture {
        DynamicImage::ImageRgb8(_) => Layout::Rgb,
        DynamicImage::ImageRgba8(_) => Layout::Rgba,
        _ => return None,
    };
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default()).ok()?;
    let source = picture.as_bytes();
    let mut converted = vec![0; source.len()];
    transform.transform(source, &mut converted).ok()?;
    let (width, height) = (picture.width(), picture.height());
    match layout {
        Layout::Rgb => RgbImage::from_raw(width, height, converted).map(DynamicImage::ImageRgb8),
        _ => RgbaImage::from_raw(width, height, converted).map(DynamicImage::ImageRgba8),
    }
}
