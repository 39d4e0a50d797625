//! Every bound of the system, in one place. Where Mastodon 4.6 has a bound, ours is the same, so that clients and
//! servers meet what they know; the others keep one request, row or loop from taking everything.
//!
//! Only constants live here. Units are last in a name; `_CHARACTERS_` are graphemes, `_CHARS_` are Unicode scalar
//! values, `_BYTES_` bytes. What an operator may change is in the server's configuration, with these as defaults.

// ---- Posts ----

/// Graphemes of a post's text and content warning together, links and mentions shortened (see `text::count_status`).
pub const STATUS_CHARACTERS_MAX: usize = 500;
/// What any link costs of [`STATUS_CHARACTERS_MAX`].
pub const STATUS_CHARACTERS_PER_URL: usize = 23;
/// Bytes of a post's text or content warning: a grapheme may have any number of marks.
pub const STATUS_BYTES_MAX: usize = 64 * 1024;
/// Media in one post.
pub const STATUS_MEDIA_MAX: usize = 4;
/// Accounts that one local post mentions; further ones stay plain text.
pub const STATUS_MENTIONS_MAX: usize = 100;
/// Hashtags that count in one post; further ones stay plain text.
pub const STATUS_HASHTAGS_MAX: usize = 100;
/// Custom emoji that are rendered in one text.
pub const TEXT_EMOJI_MAX: usize = 100;
/// Accounts taken from a remote post's mentions.
pub const REMOTE_STATUS_MENTIONS_MAX: usize = 1_000;
/// Characters of a hashtag's name.
pub const HASHTAG_CHARS_MAX: usize = 100;
/// Edits kept in a post's history.
pub const STATUS_EDITS_MAX: usize = 1_000;
/// Ancestors and descendants in a thread, for signed-in readers.
pub const CONTEXT_STATUSES_MAX: usize = 4_096;
/// Statuses below another that are looked at, to find the first of a thread.
pub const CONTEXT_LOOKED_AT_MAX: usize = 4 * CONTEXT_STATUSES_MAX;
/// Ancestors shown to the anonymous.
pub const CONTEXT_ANCESTORS_ANONYMOUS_MAX: usize = 40;
/// Descendants shown to the anonymous.
pub const CONTEXT_DESCENDANTS_ANONYMOUS_MAX: usize = 60;
/// Depth of descendants shown to the anonymous.
pub const CONTEXT_DEPTH_ANONYMOUS_MAX: usize = 20;
/// Characters of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// How long an `Idempotency-Key` is remembered.
pub const IDEMPOTENCY_KEY_SECONDS: u64 = 60 * 60;

// ---- Scheduled posts ----

/// Posts that one account has scheduled.
pub const SCHEDULED_STATUSES_MAX: usize = 300;
/// Posts that one account has scheduled for one day.
pub const SCHEDULED_STATUSES_PER_DAY_MAX: usize = 25;
/// How far ahead a post must be scheduled; what is nearer is refused.
pub const SCHEDULED_SECONDS_MIN: u64 = 5 * 60;

// ---- Polls ----

/// Options of a poll, at least.
pub const POLL_OPTIONS_MIN: usize = 2;
/// Options of a poll, at most.
pub const POLL_OPTIONS_MAX: usize = 4;
/// Options taken from a remote poll.
pub const REMOTE_POLL_OPTIONS_MAX: usize = 500;
/// Graphemes of a poll's option.
pub const POLL_OPTION_CHARACTERS_MAX: usize = 50;
/// How soon a poll may end.
pub const POLL_EXPIRES_IN_SECONDS_MIN: u64 = 300;
/// How late a poll may end: a month.
pub const POLL_EXPIRES_IN_SECONDS_MAX: u64 = 2_629_746;

// ---- Media ----

/// Bytes of an uploaded image.
pub const IMAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Pixels of an uploaded image; larger ones are refused before they are decoded.
pub const IMAGE_PIXELS_MAX: u64 = 33_177_600;
/// Width or height of an uploaded image.
pub const IMAGE_SIDE_PIXELS_MAX: u32 = 32_768;
/// Memory that decoding one image may take.
pub const IMAGE_DECODE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Pixels of the image that is kept: larger ones are scaled down (3840 × 2160).
pub const IMAGE_KEPT_PIXELS_MAX: u64 = 8_294_400;
/// Pixels of a preview (640 × 360).
pub const IMAGE_PREVIEW_PIXELS_MAX: u64 = 230_400;
/// Frames of an animated image.
pub const ANIMATION_FRAMES_MAX: usize = 1_500;
/// Pixels of all frames of an animated image together.
pub const ANIMATION_PIXELS_MAX: u64 = 600_000_000;
/// Bytes of an uploaded video or sound.
pub const VIDEO_BYTES_MAX: usize = 99 * 1024 * 1024;
/// Pixels of a video's frame.
pub const VIDEO_PIXELS_MAX: u64 = 8_294_400;
/// Frames per second of a video.
pub const VIDEO_FRAME_RATE_MAX: u32 = 120;
/// Frames of a video.
pub const VIDEO_FRAMES_MAX: u64 = 36_000;
/// Seconds that a converter may run.
pub const MEDIA_CONVERT_SECONDS_MAX: u64 = 120;
/// Characters of a medium's description (alternative text).
pub const MEDIA_DESCRIPTION_CHARS_MAX: usize = 10_000;
/// Seconds that an unattached upload is kept.
pub const MEDIA_UNATTACHED_SECONDS: u64 = 24 * 60 * 60;
/// Width and height of an avatar.
pub const AVATAR_SIDE_PIXELS: u32 = 400;
/// Width of a header.
pub const HEADER_WIDTH_PIXELS: u32 = 1_500;
/// Height of a header.
pub const HEADER_HEIGHT_PIXELS: u32 = 500;
/// Bytes of an uploaded avatar or header.
pub const AVATAR_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Characters of an avatar's or header's description.
pub const AVATAR_DESCRIPTION_CHARS_MAX: usize = 150;

// ---- Custom emoji ----

/// Bytes of a custom emoji's image.
pub const EMOJI_BYTES_MAX: usize = 256 * 1024;
/// Pixels of a custom emoji; larger ones are scaled down.
pub const EMOJI_PIXELS_MAX: u64 = 256 * 256;
/// Characters of a shortcode, at least.
pub const EMOJI_SHORTCODE_CHARS_MIN: usize = 2;
/// Characters of a shortcode, at most.
pub const EMOJI_SHORTCODE_CHARS_MAX: usize = 128;
/// Custom emoji of this server.
pub const EMOJI_MAX: usize = 10_000;

// ---- Accounts and profiles ----

/// Characters of a local username.
pub const USERNAME_CHARS_MAX: usize = 30;
/// Bytes kept of one text of another server.
pub const REMOTE_TEXT_BYTES_MAX: usize = 256 * 1024;
/// Tags in one text of another server; with more it is read as plain text.
pub const REMOTE_TEXT_TAGS_MAX: usize = 4_000;
/// Bytes of one text of another server times the signs in it that are escaped; with more it is read as plain text. To
/// escape one, the serialiser looks through all that follows.
pub const REMOTE_TEXT_ESCAPING_MAX: usize = 1 << 30;
/// Characters taken from a remote username.
pub const REMOTE_USERNAME_CHARS_MAX: usize = 2_048;
/// Accounts elsewhere that one account says it is too.
pub const ACCOUNT_ALIASES_MAX: usize = 10;
/// Characters of a domain name.
pub const DOMAIN_CHARS_MAX: usize = 253;
/// Graphemes of a display name.
pub const DISPLAY_NAME_CHARACTERS_MAX: usize = 40;
/// Graphemes of a biography, links and mentions shortened as in a post.
pub const NOTE_CHARACTERS_MAX: usize = 500;
/// Bytes of a display name or biography: a grapheme may have any number of marks.
pub const PROFILE_TEXT_BYTES_MAX: usize = 16 * 1024;
/// Bytes of rendered accounts kept in memory; the rarest are forgotten first.
pub const KEPT_ACCOUNTS_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Characters of a language's code.
pub const LANGUAGE_CHARS_MAX: usize = 16;
/// Fields of a profile.
pub const PROFILE_FIELDS_MAX: usize = 4;
/// Fields taken from a remote profile.
pub const REMOTE_PROFILE_FIELDS_MAX: usize = 50;
/// Characters of a profile field's name.
pub const PROFILE_FIELD_NAME_CHARS_MAX: usize = 255;
/// Characters of a profile field's value.
pub const PROFILE_FIELD_VALUE_CHARS_MAX: usize = 255;
/// Pinned posts.
pub const PINNED_STATUSES_MAX: usize = 5;
/// Featured hashtags.
pub const FEATURED_TAGS_MAX: usize = 10;
/// Domains that may name the account as author.
pub const ATTRIBUTION_DOMAINS_MAX: usize = 100;
/// Other addresses of one account.
pub const ALSO_KNOWN_AS_MAX: usize = 10;
/// Bytes of an e-mail address.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Characters of a password, at least.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Bytes of a password, at most.
pub const PASSWORD_BYTES_MAX: usize = 72;
/// Characters of the reason given with a sign-up.
pub const SIGN_UP_REASON_CHARS_MAX: usize = 500;

// ---- Relationships ----

/// Accounts that one account follows, before its followers allow more.
pub const FOLLOWS_MAX: usize = 7_500;
/// With more followers than [`FOLLOWS_MAX`] over this ratio, an account may follow ratio × followers.
pub const FOLLOWS_PER_FOLLOWER: f64 = 1.1;
/// Languages that one follow shows.
pub const FOLLOW_LANGUAGES_MAX: usize = 200;
/// Characters of a private note about an account.
pub const ACCOUNT_NOTE_CHARS_MAX: usize = 2_000;
/// Seconds of a temporary mute, at most: a hundred years.
pub const MUTE_SECONDS_MAX: u64 = 100 * 366 * 24 * 60 * 60;
/// Hashtags that one account follows.
pub const FOLLOWED_TAGS_MAX: usize = 1_000;
/// Domains that one account blocks.
pub const DOMAIN_BLOCKS_MAX: usize = 10_000;

// ---- Lists, filters, reports ----

/// Lists of one account.
pub const LISTS_MAX: usize = 50;
/// Characters of a list's title.
pub const LIST_TITLE_CHARS_MAX: usize = 256;
/// Accounts in one list.
pub const LIST_ACCOUNTS_MAX: usize = 7_500;
/// Filters of one account.
pub const FILTERS_MAX: usize = 1_000;
/// Characters of a filter's title.
pub const FILTER_TITLE_CHARS_MAX: usize = 256;
/// Keywords of one filter.
pub const FILTER_KEYWORDS_MAX: usize = 1_000;
/// Characters of a filter's keyword.
pub const FILTER_KEYWORD_CHARS_MAX: usize = 512;
/// Characters of a report's comment.
pub const REPORT_COMMENT_CHARS_MAX: usize = 1_000;
/// Characters taken from a report's comment of another server.
pub const REMOTE_REPORT_COMMENT_CHARS_MAX: usize = 5_000;
/// Posts attached to one report.
pub const REPORT_STATUSES_MAX: usize = 100;
/// Characters of a reported post that are kept with the report.
pub const REPORT_TEXT_CHARS_MAX: usize = 1_000;
/// Characters of a reported post's content warning that are kept with the report.
pub const REPORT_SPOILER_CHARS_MAX: usize = 200;
/// Accounts that one report of another server may be about.
pub const REMOTE_REPORT_TARGETS_MAX: usize = 10;
/// Open reports by one account; another server reports as one account.
pub const REPORTS_OPEN_PER_ACCOUNT_MAX: usize = 1_000;
/// Reports on one page of a list for staff.
pub const REPORTS_PAGE: usize = 1_000;

// ---- Apps and sign-in ----

/// Characters of an application's name.
pub const APP_NAME_CHARS_MAX: usize = 60;
/// Bytes of an application's redirect URI.
pub const APP_REDIRECT_URI_BYTES_MAX: usize = 2_000;
/// Redirect URIs of one application.
pub const APP_REDIRECT_URIS_MAX: usize = 20;
/// Bytes of an application's website.
pub const APP_WEBSITE_BYTES_MAX: usize = 2_000;
/// Sessions of one person that stay signed in.
pub const SESSIONS_MAX: usize = 10;
/// Password hashes computed at one time; others wait.
pub const PASSWORD_HASHES_AT_ONCE_MAX: usize = 2;

// ---- Pages ----

/// Items on a page of posts when the client does not ask.
pub const STATUSES_PAGE_DEFAULT: usize = 20;
/// Items on a page of posts.
pub const STATUSES_PAGE_MAX: usize = 40;
/// Items on a page of accounts when the client does not ask.
pub const ACCOUNTS_PAGE_DEFAULT: usize = 40;
/// Items on a page of accounts.
pub const ACCOUNTS_PAGE_MAX: usize = 80;
/// Items on a page of notifications when the client does not ask.
pub const NOTIFICATIONS_PAGE_DEFAULT: usize = 40;
/// Items on a page of notifications.
pub const NOTIFICATIONS_PAGE_MAX: usize = 80;
/// Unread notifications that are counted; more read as this.
pub const NOTIFICATIONS_UNREAD_MAX: usize = 1_000;
/// Accounts sampled into a group of notifications.
pub const NOTIFICATION_SAMPLE_ACCOUNTS: usize = 8;
/// Results of a search when the client does not ask.
pub const SEARCH_PAGE_DEFAULT: usize = 20;
/// Results of a search.
pub const SEARCH_PAGE_MAX: usize = 40;
/// Characters of a search.
pub const SEARCH_QUERY_CHARS_MAX: usize = 500;
/// How far a search may be paged with an offset.
pub const SEARCH_OFFSET_MAX: usize = 1_000;
/// Activities on a page of an outbox, as other servers read it.
pub const OUTBOX_PAGE: usize = 20;
/// Actors on a page of followers or of the followed, as other servers read it.
pub const FOLLOWS_DOCUMENT_PAGE: usize = 12;
/// Statuses on a page of replies or of a conversation, as other servers read it.
pub const REPLIES_DOCUMENT_PAGE: usize = 60;
/// Followers at one other server up to which the two lists are compared (FEP-8fcf).
pub const SYNCHRONISED_FOLLOWERS_MAX: usize = 25_000;
/// Pages of another server's list of such followers that are read.
pub const SYNCHRONISED_PAGES_MAX: usize = 10;
/// Follows that are not known here of which another server is told at a time.
pub const SYNCHRONISED_UNDOS_MAX: usize = 100;
/// Ids in one request, as in `GET /api/v1/accounts?id[]=`.
pub const IDS_PER_REQUEST_MAX: usize = 100;
/// Hashtags in each of a tag timeline's any, all and none.
pub const TAG_TIMELINE_TAGS_MAX: usize = 4;
/// Posts of a home timeline that are kept in memory.
pub const HOME_RING_STATUSES: usize = 800;
/// Posts that are looked up when a home timeline comes into memory.
pub const HOME_RING_FILLED_STATUSES: usize = 400;
/// Home timelines that are kept in memory; those that were not read the longest go first.
pub const HOME_RINGS_MAX: usize = 10_000;
/// Posts at the head of a home timeline in which the same post is not repeated by another boost.
pub const HOME_REBLOG_WINDOW_STATUSES: usize = 80;

// ---- Streaming ----

/// Open streams of one process.
pub const STREAMS_MAX: usize = 100_000;
/// Open streams of one account.
pub const STREAMS_PER_ACCOUNT_MAX: usize = 200;
/// Subscriptions on one stream.
pub const STREAM_SUBSCRIPTIONS_MAX: usize = 100;
/// Messages that wait for a client that reads slowly; with more its stream is closed.
pub const STREAM_QUEUE_MESSAGES_MAX: usize = 256;
/// Bytes of a message by a client.
pub const STREAM_CLIENT_MESSAGE_BYTES_MAX: usize = 4_096;
/// Events that wait to be told; with more all streams are closed.
pub const STREAM_BACKLOG_EVENTS_MAX: usize = 8_192;
/// Statuses of which it is remembered who was told, so that the same hear of their end.
pub const STREAM_REMEMBERED_STATUSES: usize = 10_000;
/// Seconds until a stream is closed whose token was revoked.
pub const STREAM_TOKEN_CHECK_SECONDS: u64 = 8;
/// Seconds between two signs of life.
pub const STREAM_PING_SECONDS: u64 = 30;
/// Seconds between two comments on a stream of server-sent events.
pub const STREAM_THUMP_SECONDS: u64 = 15;

// ---- Other servers ----

/// Redirects that are followed on the way to a document or file.
pub const FETCH_REDIRECTS_MAX: usize = 3;
/// Seconds until a connection to another server stands, its name's resolution included.
pub const FETCH_CONNECT_SECONDS_MAX: u64 = 5;
/// Seconds until another server begins to answer, and of silence while it answers.
pub const FETCH_SILENCE_SECONDS_MAX: u64 = 10;
/// Seconds for a document or a delivery, redirects, waiting and all.
pub const FETCH_SECONDS_MAX: u64 = 30;
/// Seconds for a file.
pub const FETCH_FILE_SECONDS_MAX: u64 = 5 * 60;
/// Seconds of an answer in which it may be as slow as it likes.
pub const FETCH_SLOW_SECONDS_MAX: u64 = 5;
/// Bytes a second that an answer must have after that.
pub const FETCH_BYTES_PER_SECOND_MIN: u64 = 1_024;
/// Fetches at a time.
pub const FETCHES_MAX: usize = 128;
/// Fetches from one host at a time.
pub const FETCHES_PER_HOST_MAX: usize = 8;
/// Seconds that a fetch waits for its turn.
pub const FETCH_WAIT_SECONDS_MAX: u64 = 10;
/// Deliveries at a time.
pub const DELIVERIES_MAX: usize = 256;
/// Bytes of the answer to a delivery that are read, so that its connection can be used again.
pub const DELIVERY_ANSWER_BYTES_MAX: u64 = 16 * 1024;
/// Seconds that another server may ask to be left alone for.
pub const RETRY_AFTER_SECONDS_MAX: u64 = 24 * 60 * 60;
/// Addresses of which it is remembered for a moment that they could not be fetched.
pub const FETCHES_FAILED_KEPT_MAX: u64 = 10_000;
/// Profiles, polls and threads of which it is remembered when they were last asked for.
pub const FETCHED_REMEMBERED_MAX: u64 = 100_000;
/// Posts above one in its thread that are fetched with it.
pub const RESOLVE_ANCESTORS_MAX: usize = 16;
/// Quotes within quotes that are fetched.
pub const RESOLVE_QUOTES_MAX: usize = 2;
/// Posts and accounts that are fetched because of one post.
pub const RESOLVE_FETCHES_MAX: usize = 40;
/// Accounts that are fetched because one remote post mentions them.
pub const REMOTE_STATUS_MENTIONS_FETCHED_MAX: usize = 10;
/// Accounts of other servers that are fetched because a post written here mentions them.
pub const STATUS_MENTIONS_FETCHED_MAX: usize = 5;
/// Posts that are fetched to complete one thread.
pub const REPLIES_FETCHED_MAX: usize = 500;
/// Pages of one collection that are looked through.
pub const COLLECTION_PAGES_MAX: usize = 100;
/// Pages of collections that are looked through to complete one thread.
pub const REPLY_PAGES_MAX: usize = 500;
/// Seconds that a search waits for other servers.
pub const RESOLVE_SECONDS_MAX: u64 = 20;
/// Votes that one option of a remote poll may say it has.
pub const REMOTE_VOTES_MAX: u64 = 1_000_000_000;
/// Pictures, videos and sounds that are fetched to be shown, at a time.
pub const REMOTE_FILES_FETCHED_MAX: usize = 16;
/// Requests that wait for such a fetch; more are sent away.
pub const REMOTE_FILES_AWAITED_MAX: usize = 1_024;
/// Such files of which it is remembered for a moment that they cannot be had; the rarest are forgotten first.
pub const REMOTE_FILES_REMEMBERED_MAX: u64 = 10_000;
/// Names that are resolved at a time.
pub const LOOKUPS_MAX: usize = 64;
/// Addresses of one name that are looked at.
pub const LOOKUP_ADDRESSES_MAX: usize = 16;
/// Hosts of which it is kept in memory how they are called; the rarest are forgotten first.
pub const HOSTS_KEPT_MAX: u64 = 20_000;

// ---- Requests ----

/// Bytes of a request's body that is not an upload.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Fields in one form or nested body.
pub const BODY_FIELDS_MAX: usize = 4_096;
/// Depth of a nested body.
pub const BODY_DEPTH_MAX: usize = 32;
/// Files in one form.
pub const BODY_FILES_MAX: usize = 4;
/// Seconds to wait for the next piece of a body.
pub const BODY_CHUNK_SECONDS_MAX: u64 = 30;
/// Seconds for a request that brings no files; streaming has no such bound.
pub const REQUEST_SECONDS_MAX: u64 = 30;
/// Seconds for a request that brings files.
pub const UPLOAD_SECONDS_MAX: u64 = 10 * 60;
/// Bytes of rendered attachments kept in memory; the rarest are forgotten first.
pub const KEPT_MEDIA_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of polls kept in memory; the rarest are forgotten first.
pub const KEPT_POLLS_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes of rendered statuses kept in memory; the rarest are forgotten first.
pub const KEPT_STATUSES_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Rate limit counters kept in memory; the rarest are forgotten first.
pub const RATE_LIMIT_COUNTERS_MAX: u64 = 100_000;

// ---- Policies for other servers ----

/// Domains that staff has a policy for.
pub const DOMAIN_POLICIES_MAX: usize = 100_000;
/// Characters of a comment on a policy.
pub const DOMAIN_COMMENT_CHARS_MAX: usize = 5_000;
/// Policies on one page of a list for staff.
pub const DOMAIN_POLICIES_PAGE_DEFAULT: usize = 100;
/// The same, at most.
pub const DOMAIN_POLICIES_PAGE_MAX: usize = 200;
/// Pairs of accounts whose follows one step of a severance ends.
pub const SEVERED_PAGE: usize = 200;
/// Relays.
pub const RELAYS_MAX: usize = 100;
/// Domains that one account hides.
pub const ACCOUNT_DOMAIN_BLOCKS_MAX: usize = 10_000;
/// Hidden domains on one page of a list.
pub const ACCOUNT_DOMAIN_BLOCKS_PAGE_DEFAULT: usize = 100;
/// The same, at most.
pub const ACCOUNT_DOMAIN_BLOCKS_PAGE_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_fit_each_other() {
        const {
            assert!(IMAGE_PREVIEW_PIXELS_MAX < IMAGE_KEPT_PIXELS_MAX && IMAGE_KEPT_PIXELS_MAX <= IMAGE_PIXELS_MAX);
            // Four bytes a pixel, and the resized copy beside the decoded one.
            assert!(IMAGE_PIXELS_MAX * 4 + IMAGE_KEPT_PIXELS_MAX * 4 <= IMAGE_DECODE_BYTES_MAX);
            assert!((IMAGE_SIDE_PIXELS_MAX as u64) * (IMAGE_SIDE_PIXELS_MAX as u64) > IMAGE_PIXELS_MAX);
            assert!(POLL_OPTIONS_MIN <= POLL_OPTIONS_MAX && POLL_EXPIRES_IN_SECONDS_MIN < POLL_EXPIRES_IN_SECONDS_MAX);
            assert!(STATUSES_PAGE_MAX == 2 * STATUSES_PAGE_DEFAULT && ACCOUNTS_PAGE_MAX == 2 * ACCOUNTS_PAGE_DEFAULT);
            assert!(STATUS_BYTES_MAX < BODY_BYTES_MAX && AVATAR_BYTES_MAX <= IMAGE_BYTES_MAX);
        }
    }
}
