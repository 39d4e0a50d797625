//! The server's icon as a bitmap, drawn here, for browsers that do not take the vector one.

use std::io::Cursor;

use axum::body::Bytes;
use image::{ImageFormat, Rgb, RgbImage};

type Colour = [f32; 3];

const FACE: Colour = [245.0, 246.0, 249.0];
const GROUND: Colour = [74.0, 78.0, 190.0];
const SIDE_PIXELS: u32 = 64;
/// Points looked at in each pixel, along each side: edges come out smooth.
const SAMPLES: u32 = 3;

/// A clock at ten past ten.
pub(super) fn icon() -> Bytes {
    let hand = |x: f32, y: f32, to: (f32, f32)| {
        let (dx, dy) = (to.0 - 0.5, to.1 - 0.5);
        let along = (((x - 0.5) * dx + (y - 0.5) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        (x - 0.5 - along * dx).hypot(y - 0.5 - along * dy) < 0.06
    };
    draw(|x, y| {
        let ring = ((x - 0.5).hypot(y - 0.5) - 0.34).abs() < 0.055;
        let hands = hand(x, y, (0.5, 0.28)) || hand(x, y, (0.66, 0.58));
        if ring || hands { FACE } else { GROUND }
    })
}

/// A picture whose colours `at` gives for points from 0 to 1.
fn draw(at: impl Fn(f32, f32) -> Colour) -> Bytes {
    let point = |pixel: u32, sample: u32| (pixel as f32 + (sample as f32 + 0.5) / SAMPLES as f32) / SIDE_PIXELS as f32;
    let picture = RgbImage::from_fn(SIDE_PIXELS, SIDE_PIXELS, |px, py| {
        let mut sum = [0.0_f32; 3];
        for sample in 0..SAMPLES * SAMPLES {
            let colour = at(point(px, sample % SAMPLES), point(py, sample / SAMPLES));
            (0..3).for_each(|i| sum[i] += colour[i]);
        }
        Rgb(sum.map(|channel| (channel / (SAMPLES * SAMPLES) as f32).round() as u8))
    });
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).expect("a picture in memory can be encoded");
    png.into_inner().into()
}
