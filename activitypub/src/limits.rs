//! Every bound on what comes over the wire. Where Mastodon has a bound (its FEDERATION.md), ours is the same; the others
//! keep one document from taking everything.
//!
//! Only constants live here. `_CHARS_` are Unicode scalar values, `_BYTES_` bytes. What is longer is cut; what may not
//! be cut without becoming something else (an address, a username, a shortcode) is refused.

// ---- Documents ----

/// Bytes of one JSON document.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
/// Depth of one JSON document.
pub const DOCUMENT_DEPTH_MAX: usize = 64;
/// Values in one JSON document, objects and arrays themselves included.
pub const DOCUMENT_VALUES_MAX: usize = 200_000;
/// Types of one object that are looked at.
pub const TYPES_MAX: usize = 8;
/// Chars of a type's name.
pub const TYPE_CHARS_MAX: usize = 256;
/// Bytes of a time or a duration.
pub const TIME_BYTES_MAX: usize = 64;

// ---- Addresses ----

/// Bytes of an address.
pub const URI_BYTES_MAX: usize = 2_048;
/// Bytes of a host name.
pub const HOST_BYTES_MAX: usize = 253;

// ---- Signatures and keys ----

/// Bytes of one header that has to do with a signature.
pub const SIGNATURE_HEADER_BYTES_MAX: usize = 8 * 1024;
/// Parameters of one signature.
pub const SIGNATURE_PARAMETERS_MAX: usize = 16;
/// Headers that one signature covers.
pub const SIGNATURE_COMPONENTS_MAX: usize = 32;
/// Bytes of a PEM or other text that is to be a key.
pub const KEY_TEXT_BYTES_MAX: usize = 8 * 1024;
/// Bits of an RSA modulus, at least.
pub const RSA_BITS_MIN: usize = 2_048;
/// Bits of an RSA modulus, at most.
pub const RSA_BITS_MAX: usize = 8_192;
/// Keys of one actor.
pub const ACTOR_KEYS_MAX: usize = 10;

// ---- Actors ----

/// Chars of a username; longer ones are refused.
pub const USERNAME_CHARS_MAX: usize = 2_048;
/// Chars of a display name.
pub const NAME_CHARS_MAX: usize = 2_048;
/// Chars of a biography.
pub const ACTOR_SUMMARY_CHARS_MAX: usize = 20 * 1024;
/// Fields of a profile.
pub const PROFILE_FIELDS_MAX: usize = 50;
/// Chars of a field's name, and of its value.
pub const PROFILE_FIELD_CHARS_MAX: usize = 2_047;
/// Other addresses of one actor.
pub const ALSO_KNOWN_AS_MAX: usize = 256;
/// Domains that may name the actor as author.
pub const ATTRIBUTION_DOMAINS_MAX: usize = 256;

// ---- Objects ----

/// Chars of a content, title or warning; the document's own size is the nearer bound.
pub const CONTENT_CHARS_MAX: usize = DOCUMENT_BYTES_MAX;
/// Languages of one language map.
pub const LANGUAGES_MAX: usize = 64;
/// Chars of a language's code.
pub const LANGUAGE_CHARS_MAX: usize = 64;
/// Addressees of one object, in `to` and in `cc` each.
pub const AUDIENCE_MAX: usize = 5_000;
/// Tags of one object that are looked at.
pub const TAGS_MAX: usize = 2_000;
/// Mentions of one object.
pub const MENTIONS_MAX: usize = 1_000;
/// Hashtags of one object.
pub const HASHTAGS_MAX: usize = 256;
/// Chars of a hashtag or mention's name.
pub const TAG_NAME_CHARS_MAX: usize = 2_048;
/// Custom emoji of one object.
pub const EMOJI_MAX: usize = 256;
/// Chars of an emoji's shortcode; longer ones are refused.
pub const EMOJI_SHORTCODE_CHARS_MAX: usize = 2_048;
/// Attachments of one object that are read; how many are kept is not decided here.
pub const ATTACHMENTS_MAX: usize = 32;
/// Chars of an attachment's or avatar's description.
pub const DESCRIPTION_CHARS_MAX: usize = 10_000;
/// Bytes of a blurhash.
pub const BLURHASH_BYTES_MAX: usize = 256;
/// Chars of a media type.
pub const MEDIA_TYPE_CHARS_MAX: usize = 255;
/// Options of a poll.
pub const POLL_OPTIONS_MAX: usize = 500;
/// Chars of a poll's option.
pub const POLL_OPTION_CHARS_MAX: usize = 2_048;
/// Entries of one part of an interaction policy.
pub const POLICY_ENTRIES_MAX: usize = 256;
/// Links that one object names as its own pages and files.
pub const URLS_MAX: usize = 64;

// ---- Activities ----

/// Objects of one report.
pub const FLAG_OBJECTS_MAX: usize = 500;
/// Chars of a report's comment.
pub const FLAG_COMMENT_CHARS_MAX: usize = 5_000;
/// Chars of a reaction: an emoji or a shortcode.
pub const REACTION_CHARS_MAX: usize = 256;

// ---- Collections and discovery ----

/// Items of one page.
pub const PAGE_ITEMS_MAX: usize = 5_000;
/// Links and aliases of one WebFinger answer or NodeInfo index.
pub const LINKS_MAX: usize = 100;
/// Chars of a software's name or version.
pub const SOFTWARE_CHARS_MAX: usize = 255;
