//! A status on a page, from the entity of the client API.

use jiff::Timestamp;

use super::html;
use crate::api::entities::media::MediaAttachment;
use crate::api::entities::polls::Poll;
use crate::api::entities::statuses::Status;
use crate::api::time::iso8601;

/// A status as its template shows it. Texts that end in `_html` are clean.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) author_html: String,
    pub(super) handle: String,
    pub(super) profile: String,
    pub(super) avatar: String,
    pub(super) at: String,
    pub(super) when: String,
    pub(super) edited: Option<String>,
    pub(super) unlisted: bool,
    pub(super) language: Option<String>,
    pub(super) warning_html: Option<String>,
    pub(super) content_html: String,
    pub(super) sensitive: bool,
    pub(super) media: Vec<Medium>,
    pub(super) poll: Option<Question>,
    pub(super) replies: i64,
    pub(super) reblogs: i64,
    pub(super) favourites: i64,
    /// Who reblogged it, and where they are.
    pub(super) reblogged_by: Option<(String, String)>,
    pub(super) pinned: bool,
    pub(super) is_reply: bool,
}

/// An attachment.
#[derive(Debug)]
pub(super) struct Medium {
    pub(super) kind: String,
    pub(super) url: String,
    pub(super) preview: String,
    pub(super) description: String,
    pub(super) width: Option<i64>,
    pub(super) height: Option<i64>,
    /// Where the point of interest is, in tenths from the left and from the top.
    pub(super) focus: (u8, u8),
}

/// A poll.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) options: Vec<Choice>,
    pub(super) voters: i64,
    pub(super) ends: String,
    pub(super) over: bool,
}

/// An answer; its share in percent, unless it is hidden.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) title_html: String,
    pub(super) percent: Option<i64>,
}

impl Entry {
    /// Shows a status; of a reblog the status that it reblogs.
    pub(super) fn of(status: &Status) -> Self {
        match &status.reblog {
            Some(shown) => {
                let by =
                    html::plain(name(&status.account.display_name, &status.account.username), &status.account.emojis);
                Self { reblogged_by: Some((by, status.account.url.clone())), ..Self::original(shown) }
            }
            None => Self::original(status),
        }
    }

    fn original(status: &Status) -> Self {
        let account = &status.account;
        let warning = Some(&status.spoiler_text).filter(|warning| !warning.is_empty());
        Self {
            id: status.id.clone(),
            url: status.url.clone(),
            author_html: html::plain(name(&account.display_name, &account.username), &account.emojis),
            handle: account.acct.clone(),
            profile: account.url.clone(),
            avatar: account.avatar_static.clone(),
            at: iso8601(status.created_at),
            when: day(status.created_at),
            edited: status.edited_at.map(day),
            unlisted: status.visibility == "unlisted",
            language: status.language.clone(),
            warning_html: warning.map(|warning| html::plain(warning, &status.emojis)),
            content_html: html::content(&status.content, &status.emojis),
            sensitive: status.sensitive && warning.is_none(),
            media: status.media_attachments.iter().filter_map(|media| Medium::of(media)).collect(),
            poll: status.poll.as_ref().map(Question::of),
            replies: status.replies_count,
            reblogs: status.reblogs_count,
            favourites: status.favourites_count,
            reblogged_by: None,
            pinned: false,
            is_reply: status.in_reply_to_id.is_some(),
        }
    }
}

impl Medium {
    /// An attachment that can be shown.
    fn of(media: &MediaAttachment) -> Option<Self> {
        let url = media.url.clone()?;
        let meta = media.meta.clone().unwrap_or_default();
        let tenths = |coordinate: Option<f64>| (coordinate.unwrap_or(0.0) * 5.0 + 5.0).round().clamp(0.0, 10.0) as u8;
        let focus = &meta["focus"];
        Some(Self {
            kind: media.r#type.clone(),
            preview: media.preview_url.clone().unwrap_or_else(|| url.clone()),
            url,
            description: media.description.clone().unwrap_or_default(),
            width: meta["small"]["width"].as_i64(),
            height: meta["small"]["height"].as_i64(),
            focus: (tenths(focus["x"].as_f64()), 10 - tenths(focus["y"].as_f64())),
        })
    }
}

impl Question {
    fn of(poll: &Poll) -> Self {
        let voters = if poll.multiple { poll.voters_count } else { poll.votes_count };
        let share = |votes: i64| if voters == 0 { 0 } else { (votes * 100 + voters / 2) / voters };
        let options = poll.options.iter().map(|option| Choice {
            title_html: html::plain(&option.title, &poll.emojis),
            percent: option.votes_count.map(share),
        });
        Self { options: options.collect(), voters: poll.voters_count, ends: day(poll.expires_at), over: poll.expired }
    }
}

/// What somebody is called.
pub(super) fn name<'a>(display_name: &'a str, username: &'a str) -> &'a str {
    if display_name.trim().is_empty() { username } else { display_name }
}

/// `3 Nov 2026, 14:05 UTC`
pub(super) fn day(time: Timestamp) -> String {
    time.strftime("%-d %b %Y, %H:%M UTC").to_string()
}
