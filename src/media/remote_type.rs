//! Kinds of files of other servers that are passed on as they are: told by their first bytes, and none of them anything
//! that a browser would run. What is no picture, video or sound of this list (a page, an SVG, a script) is not passed on,
//! whatever it is called or declared.

use chronodon_domain::limits;

/// Bytes that tell what a file is.
pub const HEAD_BYTES: usize = 128;

/// A kind of file that is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteType {
    /// The ending of its files' names, without dot.
    pub extension: &'static str,
    /// Its content type.
    pub mime_type: &'static str,
    is_picture: bool,
}

const fn picture(extension: &'static str, mime_type: &'static str) -> RemoteType {
    RemoteType { extension, mime_type, is_picture: true }
}

const fn stream(extension: &'static str, mime_type: &'static str) -> RemoteType {
    RemoteType { extension, mime_type, is_picture: false }
}

const JPEG: RemoteType = picture("jpg", "image/jpeg");
const PNG: RemoteType = picture("png", "image/png");
const GIF: RemoteType = picture("gif", "image/gif");
const WEBP: RemoteType = picture("webp", "image/webp");
const AVIF: RemoteType = picture("avif", "image/avif");
const HEIC: RemoteType = picture("heic", "image/heic");
const MP4: RemoteType = stream("mp4", "video/mp4");
const MOV: RemoteType = stream("mov", "video/quicktime");
const WEBM: RemoteType = stream("webm", "video/webm");
const OGV: RemoteType = stream("ogv", "video/ogg");
const MP3: RemoteType = stream("mp3", "audio/mpeg");
const OGG: RemoteType = stream("ogg", "audio/ogg");
const FLAC: RemoteType = stream("flac", "audio/flac");
const WAV: RemoteType = stream("wav", "audio/wav");
const M4A: RemoteType = stream("m4a", "audio/mp4");
const AAC: RemoteType = stream("aac", "audio/aac");

const ALL: [RemoteType; 16] = [JPEG, PNG, GIF, WEBP, AVIF, HEIC, MP4, MOV, WEBM, OGV, MP3, OGG, FLAC, WAV, M4A, AAC];

impl RemoteType {
    /// What the first [`HEAD_BYTES`] show; nothing for what is not passed on.
    #[must_use]
    pub fn sniff(head: &[u8]) -> Option<Self> {
        let head = head.get(..HEAD_BYTES).unwrap_or(head);
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(JPEG),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(PNG),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(GIF),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(WEBP),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(WAV),
            [a, b, c, d, b'f', b't', b'y', b'p', rest @ ..] => brand(u32::from_be_bytes([*a, *b, *c, *d]), rest),
            [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => contains(rest, b"webm").then_some(WEBM),
            [b'O', b'g', b'g', b'S', rest @ ..] => Some(if contains(rest, b"theora") { OGV } else { OGG }),
            [b'f', b'L', b'a', b'C', ..] => Some(FLAC),
            [b'I', b'D', b'3', 2..=4, ..] => Some(MP3),
            // A frame's sync word and layer; MPEG's own mark of order (FF FE) is layer I, which nobody has.
            [0xff, second, third, ..] if second & 0xf6 == 0xf0 && third & 0x3c != 0x3c => Some(AAC),
            [0xff, second, third, ..] if second & 0xe6 == 0xe2 && third >> 4 != 15 && third & 0x0c != 0x0c => Some(MP3),
            _ => None,
        }
    }

    /// The kind whose files end so.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        ALL.into_iter().find(|kind| kind.extension == extension)
    }

    /// Bytes of such a file that are taken, at most.
    #[must_use]
    pub const fn bytes_max(self) -> u64 {
        (if self.is_picture { limits::IMAGE_BYTES_MAX } else { limits::VIDEO_BYTES_MAX }) as u64
    }
}

/// What the brands of an ISO base media file say, the first before those it is compatible with.
fn brand(box_bytes: u32, rest: &[u8]) -> Option<RemoteType> {
    let brands = rest.get(..(box_bytes as usize).saturating_sub(8)).unwrap_or(rest);
    let (major, compatible) = brands.split_at_checked(4)?;
    let named = |brand: &[u8]| match brand {
        b"avif" | b"avis" => Some(AVIF),
        b"heic" | b"heix" | b"heim" | b"heis" => Some(HEIC),
        b"M4A " | b"M4B " => Some(M4A),
        b"qt  " => Some(MOV),
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V " | b"M4VH" | b"M4VP"
        | b"MSNV" | b"dash" | b"3gp4" | b"3gp5" | b"3gp6" | b"f4v " => Some(MP4),
        _ => None,
    };
    named(major).or_else(|| compatible.get(4..)?.chunks_exact(4).find_map(named))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn content_decides() {
        for (bytes, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n", Some("image/png")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVEfmt ", Some("audio/wav")),
            (b"RIFF\0\0\0\0AVI ", None),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", Some("image/avif")),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", Some("image/avif")),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Some("image/heic")),
            (b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2avc1mp41", Some("video/mp4")),
            (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42isom", Some("audio/mp4")),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Some("video/quicktime")),
            (b"\0\0\0\x10ftypnone\0\0\0\0isom", None),
            (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm", Some("video/webm")),
            (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x88matroska", None),
            (b"OggS\0\x02\0\0OpusHead", Some("audio/ogg")),
            (b"OggS\0\x02\0\0\x80theora", Some("video/ogg")),
            (b"fLaC\0", Some("audio/flac")),
            (b"ID3\x04\0", Some("audio/mpeg")),
            (b"\xff\xfb\x90\x64", Some("audio/mpeg")),
            (b"\xff\xf1\x50\x80", Some("audio/aac")),
            (b"\xff\xfe<\0s\0c\0r\0i\0p\0t\0", None),
            (b"\xfe\xff\0<\0s", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
            (b"<?xml version='1.0'?><svg/>", None),
            (b"\xef\xbb\xbf<!DOCTYPE html>", None),
            (b"%PDF-1.7", None),
            (b"#EXTM3U", None),
            (b"{}", None),
            (b"", None),
        ] {
            assert_eq!(RemoteType::sniff(bytes).map(|kind| kind.mime_type), expected, "{bytes:?}");
        }
    }

    #[test]
    fn endings_read_back() {
        for kind in ALL {
            assert_eq!(RemoteType::from_extension(kind.extension), Some(kind));
        }
        assert_eq!(RemoteType::from_extension("svg"), None);
    }

    proptest! {
        #[test]
        fn text_is_never_passed_on(text in "[ -~\\s]{0,200}") {
            let tagged = ["ID3", "fLaC", "OggS", "GIF8", "RIFF"].iter().any(|tag| text.starts_with(tag));
            prop_assume!(!tagged && text.get(4..8) != Some("ftyp"));
            prop_assert_eq!(RemoteType::sniff(text.as_bytes()), None);
        }
    }
}
