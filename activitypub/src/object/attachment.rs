//! What is attached to an object. The files of a film, sound or picture that is an object itself count as its attachment.

use serde_json::Value;

use super::ObjectKind;
use crate::document::{Fields, cut};
use crate::limits::{ATTACHMENTS_MAX, BLURHASH_BYTES_MAX, DESCRIPTION_CHARS_MAX};
use crate::link::{Link, media_type};
use crate::uri::Uri;

/// What an attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Some file.
    Unknown,
}

/// A file with a post.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// By its media type, else by its type.
    pub kind: AttachmentKind,
    /// The file.
    pub url: Uri,
    /// In lower case, without parameters; the sender's word.
    pub media_type: Option<String>,
    /// For those who do not see or hear it; may be empty.
    pub description: String,
    /// What to show until it is there.
    pub blurhash: Option<String>,
    /// What must stay visible: from -1 to 1, to the right and upwards.
    pub focus: Option<(f64, f64)>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// How long it plays.
    pub duration_seconds: Option<f64>,
    /// A picture of it.
    pub icon: Option<Uri>,
}

/// The attachments of an object.
pub(super) fn read_all(fields: &Fields<'_>, kind: ObjectKind) -> Vec<Attachment> {
    let attached: Vec<Attachment> =
        fields.objects("attachment", ATTACHMENTS_MAX).filter_map(|attachment| read(&attachment)).collect();
    if attached.is_empty() { own_file(fields, kind).into_iter().collect() } else { attached }
}

/// What a page of a community links to: an attachment that is a link, and not a file.
pub(super) fn read_link(fields: &Fields<'_>) -> Option<Uri> {
    let links = fields.objects("attachment", ATTACHMENTS_MAX).filter(|attachment| attachment.is("Link"));
    links.filter(|link| read(link).is_none()).find_map(|link| link.uri("href"))
}

fn read(fields: &Fields<'_>) -> Option<Attachment> {
    let link = match fields.get("url") {
        Some(_) => Link::read_all(fields, "url").into_iter().next()?,
        None => Link { href: fields.uri("href")?, media_type: None, height: None },
    };
    let media_type = media_type(fields).or(link.media_type);
    let kind = kind_of(fields, media_type.as_deref());
    // A link, or a field of a profile, is a file only if its media type says so.
    let is_file = ["Document", "Image", "Video", "Audio"].iter().any(|kind| fields.is(kind));
    if !is_file && kind == AttachmentKind::Unknown {
        return None;
    }
    Some(Attachment {
        kind,
        url: link.href,
        media_type,
        description: description(fields),
        blurhash: blurhash(fields),
        focus: focus(fields),
        width: pixels(fields, "width"),
        height: pixels(fields, "height"),
        duration_seconds: fields.seconds("duration"),
        icon: icon(fields),
    })
}

/// The file that the object itself is. Of the sizes of a film, the largest that is not above 720 lines, else the
/// smallest: it is there to be seen at once, the full size is on its page.
fn own_file(fields: &Fields<'_>, kind: ObjectKind) -> Option<Attachment> {
    const LINES_MAX: u64 = 720;
    let (kind, prefix) = match kind {
        ObjectKind::Video => (AttachmentKind::Video, "video/"),
        ObjectKind::Audio => (AttachmentKind::Audio, "audio/"),
        ObjectKind::Image => (AttachmentKind::Image, "image/"),
        _ => return None,
    };
    let links = Link::read_all(fields, "url").into_iter();
    let files = links.filter(|link| link.media_type.as_ref().is_some_and(|kind| kind.starts_with(prefix)));
    let rank = |link: &Link| match link.height.unwrap_or(0) {
        lines if lines <= LINES_MAX => (0, LINES_MAX - lines),
        lines => (1, lines),
    };
    let file = files.min_by_key(rank)?;
    Some(Attachment {
        kind,
        url: file.href,
        media_type: file.media_type,
        description: String::new(),
        blurhash: blurhash(fields),
        focus: focus(fields),
        width: pixels(fields, "width"),
        height: file.height.and_then(|height| u32::try_from(height).ok()).or_else(|| pixels(fields, "height")),
        duration_seconds: fields.seconds("duration"),
        icon: icon(fields),
    })
}

fn kind_of(fields: &Fields<'_>, media_type: Option<&str>) -> AttachmentKind {
    let by_media_type = match media_type.and_then(|media_type| media_type.split('/').next()) {
        Some("image") => Some(AttachmentKind::Image),
        Some("video") => Some(AttachmentKind::Video),
        Some("audio") => Some(AttachmentKind::Audio),
        Some(_) => Some(AttachmentKind::Unknown),
        None => None,
    };
    let by_type = || {
        [("Image", AttachmentKind::Image), ("Video", AttachmentKind::Video), ("Audio", AttachmentKind::Audio)]
            .into_iter()
            .find_map(|(name, kind)| fields.is(name).then_some(kind))
    };
    by_media_type.or_else(by_type).unwrap_or(AttachmentKind::Unknown)
}

fn description(fields: &Fields<'_>) -> String {
    let text = fields.text("summary").or_else(|| fields.text("name")).unwrap_or_default();
    cut(text.trim(), DESCRIPTION_CHARS_MAX)
}

/// A blurhash by its length and letters; whether it can be drawn is seen where it is drawn.
fn blurhash(fields: &Fields<'_>) -> Option<String> {
    let text = fields.text("blurhash")?;
    let within = (6..=BLURHASH_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    within.then(|| text.to_owned())
}

fn focus(fields: &Fields<'_>) -> Option<(f64, f64)> {
    let at = |index: usize| fields.get("focalPoint")?.get(index).and_then(Value::as_f64);
    let (x, y) = (at(0)?, at(1)?);
    Some((x.clamp(-1.0, 1.0), y.clamp(-1.0, 1.0)))
}

fn pixels(fields: &Fields<'_>, name: &str) -> Option<u32> {
    fields.number(name).and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0)
}

/// The picture; of several, as PeerTube has them, the widest.
fn icon(fields: &Fields<'_>) -> Option<Uri> {
    let widest = fields.objects("icon", ATTACHMENTS_MAX).max_by_key(|icon| icon.number("width").unwrap_or(0));
    match widest {
        Some(icon) => icon.uri("url").or_else(|| icon.uri("href")),
        None => fields.uri("icon"),
    }
}
