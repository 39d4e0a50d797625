//! Processing of real files, sound and hostile, with and without ffmpeg.

use image::{DynamicImage, GenericImageView, ImageFormat};

use super::*;
use crate::media::fixtures::{self, CANARY};

async fn process_with(pipeline: &Pipeline, bytes: &[u8], purpose: Purpose) -> Result<Processed, MediaError> {
    let file = tempfile::Builder::new().suffix(".png").tempfile().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("written");
    let done = pipeline.process(file.path(), purpose).await;
    if let Ok(done) = &done {
        for output in [Some(&done.file), done.preview.as_ref()].into_iter().flatten() {
            assert!(!output.bytes.windows(CANARY.len()).any(|window| window == CANARY), "the canary got out");
        }
    }
    done
}

fn pipeline(converter: Option<Converter>) -> Pipeline {
    Pipeline::new(&std::env::temp_dir(), converter)
}

async fn process(bytes: &[u8], purpose: Purpose) -> Result<Processed, MediaError> {
    process_with(&pipeline(None), bytes, purpose).await
}

async fn refused(bytes: &[u8], purpose: Purpose) -> Unprocessable {
    match process(bytes, purpose).await {
        Err(MediaError::Unprocessable(reason)) => reason,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn decoded(output: &Output) -> DynamicImage {
    image::load_from_memory(&output.bytes).expect("the output decodes")
}

fn is_reddish(picture: &DynamicImage, x: u32, y: u32) -> bool {
    let pixel = picture.get_pixel(x, y).0;
    pixel[0] > 120 && pixel[2] < 120
}

#[tokio::test]
async fn a_photograph_becomes_two_files_with_meta_and_blurhash() {
    let done = process(&fixtures::jpeg(1_600, 900), Purpose::Attachment).await.expect("processed");
    assert_eq!(done.kind, MediaKind::Image);
    assert_eq!(done.file.file_type.mime_type(), "image/jpeg");
    let preview = done.preview.as_ref().expect("a preview");
    assert_eq!(decoded(&done.file).dimensions(), (1_600, 900));
    assert_eq!(decoded(preview).dimensions(), (640, 360));
    let aspect = 16.0 / 9.0;
    assert_eq!(
        with_focus(done.meta, 0.5, -0.25),
        json!({
            "original": { "width": 1600, "height": 900, "size": "1600x900", "aspect": aspect },
            "small": { "width": 640, "height": 360, "size": "640x360", "aspect": aspect },
            "focus": { "x": 0.5, "y": -0.25 },
        })
    );
    let hash = done.blurhash.expect("a blurhash");
    let shown = blurhash::decode(&hash, 2, 1, 1.0).expect("a valid blurhash");
    assert!(shown[0] > shown[2] && shown[4] < shown[6], "red on the left, blue on the right: {shown:?}");
}

#[tokio::test]
async fn orientation_is_applied_and_metadata_gone() {
    // What the camera says, and where the reddish half then is.
    for (orientation, size, reddish, other) in [
        (1, (80, 40), (5, 20), (75, 20)),
        (2, (80, 40), (75, 20), (5, 20)),
        (3, (80, 40), (75, 20), (5, 20)),
        (4, (80, 40), (5, 20), (75, 20)),
        (5, (40, 80), (20, 5), (20, 75)),
        (6, (40, 80), (20, 5), (20, 75)),
        (7, (40, 80), (20, 75), (20, 5)),
        (8, (40, 80), (20, 75), (20, 5)),
    ] {
        let bytes = fixtures::jpeg_with_exif(80, 40, orientation);
        assert!(bytes.windows(CANARY.len()).any(|window| window == CANARY));
        let done = process(&bytes, Purpose::Attachment).await.expect("processed");
        let picture = decoded(&done.file);
        assert_eq!(picture.dimensions(), size, "orientation {orientation}");
        assert!(is_reddish(&picture, reddish.0, reddish.1), "orientation {orientation}");
        assert!(!is_reddish(&picture, other.0, other.1), "orientation {orientation}");
        assert_eq!(done.meta["original"]["width"], json!(size.0));
    }
}

#[tokio::test]
async fn colours_of_a_profile_become_srgb() {
    let wide = moxcms::ColorProfile::new_display_p3().encode().expect("encodes");
    let srgb = moxcms::ColorProfile::new_srgb().encode().expect("encodes");
    // By the definition of Display P3 this is pure green of sRGB.
    for (profile, colour, expected) in [
        (wide, [117, 251, 76], [0, 255, 0]),
        (srgb, [117, 251, 76], [117, 251, 76]),
        (b"no profile at all".to_vec(), [117, 251, 76], [117, 251, 76]),
        (vec![0xff; 4_096], [117, 251, 76], [117, 251, 76]),
    ] {
        let done = process(&fixtures::png_with_profile(colour, profile), Purpose::Attachment).await.expect("processed");
        let shown = decoded(&done.file).get_pixel(4, 4).0;
        for channel in 0..3 {
            assert!(shown[channel].abs_diff(expected[channel]) <= 3, "{shown:?}, expected {expected:?}");
        }
        assert!(!done.file.bytes.windows(4).any(|window| window == b"iCCP"));
    }
}

#[tokio::test]
async fn each_format_becomes_a_sane_one() {
    let still_gif = fixtures::animated_gif(20, 10, 1, 100);
    for (bytes, mime_type) in [
        (fixtures::png_with_text(20, 10), "image/png"),
        (fixtures::webp(20, 10), "image/jpeg"),
        (fixtures::encode(fixtures::transparent(20), ImageFormat::WebP), "image/png"),
        (fixtures::encode(fixtures::transparent(20), ImageFormat::Png), "image/png"),
        (fixtures::jpeg(20, 10), "image/jpeg"),
        (still_gif, "image/png"),
    ] {
        let done = process(&bytes, Purpose::Attachment).await.expect("processed");
        assert_eq!(done.file.file_type.mime_type(), mime_type);
        assert_eq!(decoded(&done.file).width(), 20);
        assert_eq!(done.kind, MediaKind::Image);
    }
}

#[tokio::test]
async fn what_shows_through_still_does() {
    let bytes = fixtures::encode(fixtures::transparent(900), ImageFormat::Png);
    let done = process(&bytes, Purpose::Attachment).await.expect("processed");
    for output in [&done.file, done.preview.as_ref().expect("a preview")] {
        let picture = decoded(output);
        let middle = picture.width() / 2;
        assert_eq!(picture.get_pixel(0, 0).0[3], 0);
        assert_eq!(picture.get_pixel(middle, middle).0[3], 255);
    }
}

#[tokio::test]
async fn large_pictures_are_scaled_down() {
    let done = process(&fixtures::png(3_000, 3_000), Purpose::Attachment).await.expect("processed");
    let (width, height) = decoded(&done.file).dimensions();
    assert_eq!((width, height), (2_880, 2_880));
    assert!(u64::from(width) * u64::from(height) <= limits::IMAGE_KEPT_PIXELS_MAX);
}

#[tokio::test]
async fn avatars_and_headers_are_cut_to_their_frame() {
    for (purpose, size) in [(Purpose::Avatar, (400, 400)), (Purpose::Header, (1_500, 500))] {
        for (width, height) in [(1_000, 200), (200, 1_000), (3, 3)] {
            let done = process(&fixtures::jpeg(width, height), purpose).await.expect("processed");
            assert_eq!(decoded(&done.file).dimensions(), size);
            assert!(done.preview.is_none() && done.blurhash.is_none());
        }
    }
    // The middle stays: half red, half blue.
    let done = process(&fixtures::jpeg(1_000, 200), Purpose::Avatar).await.expect("processed");
    let picture = decoded(&done.file);
    assert!(is_reddish(&picture, 20, 200) && !is_reddish(&picture, 380, 200));
}

#[tokio::test]
async fn an_animated_avatar_moves_and_has_a_still() {
    let done = process(&fixtures::animated_gif(60, 30, 4, 50), Purpose::Avatar).await.expect("processed");
    assert_eq!(done.file.file_type, FileType::Gif);
    let moving = Animation::measure(&done.file.bytes, Format::Gif).expect("sound").expect("moves");
    assert_eq!(moving, Animation { width: 400, height: 400, frames: 4, duration_ms: 200 });
    let still = done.preview.expect("a still");
    assert_eq!(still.file_type, FileType::Png);
    assert_eq!(decoded(&still).dimensions(), (400, 400));
}

#[tokio::test]
async fn without_a_converter_an_animated_gif_stays_one() {
    let done = process(&fixtures::animated_gif(61, 31, 3, 100), Purpose::Attachment).await.expect("processed");
    assert_eq!((done.kind, done.file.file_type), (MediaKind::Image, FileType::Gif));
    let moving = Animation::measure(&done.file.bytes, Format::Gif).expect("sound").expect("moves");
    assert_eq!(moving, Animation { width: 61, height: 31, frames: 3, duration_ms: 300 });
    assert_eq!(done.preview.expect("a preview").file_type, FileType::Jpeg);
}

#[tokio::test]
async fn with_ffmpeg_an_animated_gif_becomes_a_clip() {
    let Some(converter) = Converter::find() else {
        eprintln!("ffmpeg is not installed: the clip is not tested");
        return;
    };
    let pipeline = pipeline(Some(converter));
    let gif = fixtures::animated_gif(61, 31, 5, 200);
    let done = process_with(&pipeline, &gif, Purpose::Attachment).await.expect("processed");
    assert_eq!((done.kind, done.file.file_type), (MediaKind::Gifv, FileType::Mp4));
    assert_eq!(&done.file.bytes[4..8], b"ftyp");
    assert_eq!(done.meta["original"]["width"], json!(60));
    assert_eq!(done.meta["original"]["frame_rate"], json!("500/100"));
    assert_eq!((&done.meta["length"], &done.meta["duration"]), (&json!("0:00:01.00"), &json!(1.0)));
    assert_eq!(done.meta["small"]["size"], json!("61x31"));
    assert!(done.blurhash.is_some());
    // One pixel cannot be even.
    let thin = process_with(&pipeline, &fixtures::animated_gif(1, 9, 3, 50), Purpose::Attachment).await;
    assert_eq!(thin.expect("processed").kind, MediaKind::Image);
    // Avatars stay pictures.
    let avatar = process_with(&pipeline, &gif, Purpose::Avatar).await.expect("processed");
    assert_eq!(avatar.file.file_type, FileType::Gif);
}

#[tokio::test]
async fn a_converter_that_fails_costs_only_the_clip() {
    let directory = tempfile::tempdir().expect("a directory");
    let broken = Converter::at(directory.path().join("missing"));
    let gif = fixtures::animated_gif(20, 10, 3, 50);
    let done = process_with(&pipeline(Some(broken)), &gif, Purpose::Attachment).await.expect("processed");
    assert_eq!(done.file.file_type, FileType::Gif);
}

#[tokio::test]
async fn bombs_are_refused_by_their_header() {
    let started = std::time::Instant::now();
    for (width, height) in [(50_000, 50_000), (u32::MAX >> 1, u32::MAX >> 1), (40_000, 1), (32_768, 32_768)] {
        let reason = refused(&fixtures::png_promising(width, height), Purpose::Attachment).await;
        assert!(matches!(reason, Unprocessable::TooManyPixels { .. }), "{width}x{height}: {reason:?}");
    }
    assert!(started.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn endless_animations_are_refused() {
    let frames = u32::try_from(limits::ANIMATION_FRAMES_MAX).expect("fits") + 1;
    let mut gif = fixtures::animated_gif(2, 2, 2, 50);
    // Repeat the last frame: from its graphic control extension to before the comment.
    let frame_start = gif.windows(2).rposition(|window| window == [0x21, 0xf9]).expect("a frame");
    let comment = gif.windows(2).rposition(|window| window == [0x21, 0xfe]).expect("a comment");
    let frame = gif[frame_start..comment].to_vec();
    let tail = gif.split_off(comment);
    for _ in 2..frames {
        gif.extend(&frame);
    }
    gif.extend(tail);
    assert_eq!(refused(&gif, Purpose::Attachment).await, Unprocessable::TooLong);
}

#[tokio::test]
async fn oversized_files_are_refused_unread() {
    for (purpose, bytes_max) in
        [(Purpose::Attachment, 16 << 20), (Purpose::Avatar, 8 << 20), (Purpose::Emoji, 256 << 10)]
    {
        let mut bytes = fixtures::png(10, 10);
        bytes.resize(bytes_max + 1, 0);
        assert_eq!(refused(&bytes, purpose).await, Unprocessable::TooLarge { bytes_max: bytes_max as u64 });
    }
}

#[tokio::test]
async fn names_prove_nothing() {
    // Every test file is called `.png`.
    for bytes in [
        &b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"[..],
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"{\"@context\":\"https://www.w3.org/ns/activitystreams\",\"type\":\"Note\"}",
        b"#EXTM3U\nfile:///etc/passwd",
        b"%!PS-Adobe-3.0",
        b"push graphic-context",
        b"",
        b"\0",
    ] {
        assert_eq!(refused(bytes, Purpose::Attachment).await, Unprocessable::Unsupported);
    }
}

#[tokio::test]
async fn polyglots_lose_their_other_half() {
    for mut bytes in
        [fixtures::jpeg(30, 20), fixtures::png(30, 20), fixtures::webp(30, 20), fixtures::jpeg_with_exif(30, 20, 1)]
    {
        bytes.extend(b"<script>alert(1)</script>{\"type\":\"Note\"}PK\x03\x04");
        bytes.extend(CANARY);
        let done = process(&bytes, Purpose::Attachment).await.expect("processed");
        assert!(!done.file.bytes.windows(8).any(|window| window == b"<script>"));
    }
}

#[tokio::test]
async fn truncated_and_scrambled_files_are_refused_or_redone_but_never_a_panic() {
    let sound = [
        fixtures::jpeg(64, 64),
        fixtures::png(64, 64),
        fixtures::webp(64, 64),
        fixtures::animated_gif(16, 16, 3, 50),
        fixtures::jpeg_with_exif(64, 64, 6),
    ];
    for bytes in &sound {
        for length in (0..bytes.len()).step_by(bytes.len() / 16 + 1) {
            assert_no_fault(process(&bytes[..length], Purpose::Attachment).await);
        }
        for at in (8..bytes.len()).step_by(bytes.len() / 16 + 1) {
            let mut scrambled = bytes.clone();
            scrambled[at] ^= 0xff;
            assert_no_fault(process(&scrambled, Purpose::Attachment).await);
        }
    }
    let png = &sound[1];
    assert!(matches!(refused(&png[..png.len() / 2], Purpose::Attachment).await, Unprocessable::Damaged(_)));
}

fn assert_no_fault(result: Result<Processed, MediaError>) {
    if let Err(MediaError::Io(error)) = result {
        panic!("a bad file is its owner's fault, not ours: {error}");
    }
}

#[tokio::test]
async fn custom_emoji_keep_their_shape() {
    let done = process(&fixtures::encode(fixtures::transparent(64), ImageFormat::Png), Purpose::Emoji).await;
    let done = done.expect("processed");
    assert_eq!(decoded(&done.file).dimensions(), (64, 64));
    let done = process(&fixtures::jpeg(600, 300), Purpose::Emoji).await.expect("processed");
    assert_eq!(decoded(&done.file).dimensions(), (362, 181));
}
