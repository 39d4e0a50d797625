//! What clients say about a status to post, or to edit.

use chronodon_events::remote::QuotePolicy;
use chronodon_events::values::Visibility;
use chronodon_events::{MediaId, StatusId};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::api::error::{ApiError, ApiResult};
use crate::api::media;
use crate::api::params::lenient;
use crate::clock;
use crate::commands::{DescribeMedia, EditStatus, NewPoll, PostStatus};

/// A status to post, or the whole new content of one. What an edit cannot change is not looked at there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusParams {
    #[serde(deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    spoiler_text: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    sensitive: Option<bool>,
    #[serde(deserialize_with = "lenient::filled")]
    visibility: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    language: Option<String>,
    #[serde(deserialize_with = "lenient::id")]
    in_reply_to_id: Option<StatusId>,
    #[serde(deserialize_with = "lenient::id")]
    quoted_status_id: Option<StatusId>,
    #[serde(deserialize_with = "lenient::filled")]
    quote_approval_policy: Option<String>,
    #[serde(deserialize_with = "lenient::timestamp")]
    scheduled_at: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::ids")]
    media_ids: Vec<MediaId>,
    #[serde(deserialize_with = "lenient::objects")]
    media_attributes: Vec<MediaParams>,
    #[serde(deserialize_with = "lenient::object")]
    poll: Option<PollParams>,
}

/// What an edit says about an attachment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MediaParams {
    #[serde(deserialize_with = "lenient::id")]
    id: Option<MediaId>,
    #[serde(deserialize_with = "lenient::text")]
    description: Option<String>,
    focus: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PollParams {
    #[serde(deserialize_with = "lenient::texts")]
    options: Vec<String>,
    #[serde(deserialize_with = "lenient::integer")]
    expires_in: Option<i64>,
    #[serde(deserialize_with = "lenient::boolean")]
    multiple: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    hide_totals: Option<bool>,
}

impl PollParams {
    /// A poll without options is none.
    fn asks(&self) -> bool {
        !self.options.is_empty()
    }
}

impl From<PollParams> for NewPoll {
    fn from(poll: PollParams) -> Self {
        Self {
            options: poll.options,
            expires_in_seconds: poll.expires_in.unwrap_or(0),
            multiple: poll.multiple.unwrap_or(false),
            hide_totals: poll.hide_totals.unwrap_or(false),
        }
    }
}

impl StatusParams {
    /// As something to post.
    pub(super) fn into_post(self) -> ApiResult<PostStatus> {
        if self.scheduled_at.is_some_and(|at| at > clock::now()) {
            return Err(ApiError::unprocessable("Scheduled posts are not available on this server"));
        }
        Ok(PostStatus {
            text: self.status.unwrap_or_default(),
            spoiler_text: self.spoiler_text.unwrap_or_default(),
            sensitive: self.sensitive,
            visibility: self.visibility.map(|word| visibility(&word)).transpose()?,
            language: self.language,
            in_reply_to: self.in_reply_to_id,
            quoted: self.quoted_status_id,
            quote_policy: self.quote_approval_policy.map(|word| quote_policy(&word)).transpose()?,
            media_ids: self.media_ids,
            poll: self.poll.filter(PollParams::asks).map(Into::into),
            application: None,
        })
    }

    /// As what a status says from now on.
    pub(super) fn into_edit(self) -> ApiResult<EditStatus> {
        let described = self.media_attributes.into_iter().filter_map(|said| {
            let id = said.id?;
            let describe = |focus| (id, DescribeMedia { description: said.description, focus });
            Some(media::focus(&said.focus).map(describe))
        });
        Ok(EditStatus {
            descriptions: described.collect::<ApiResult<_>>()?,
            quote_policy: self.quote_approval_policy.map(|word| quote_policy(&word)).transpose()?,
            text: self.status.unwrap_or_default(),
            spoiler_text: self.spoiler_text.unwrap_or_default(),
            sensitive: self.sensitive.unwrap_or(false),
            language: self.language,
            media_ids: self.media_ids,
            poll: self.poll.filter(PollParams::asks).map(Into::into),
        })
    }
}

/// The word of the API for who may see something.
pub(super) fn visibility(word: &str) -> ApiResult<Visibility> {
    Visibility::parse(word).ok_or_else(|| ApiError::validation("Visibility is not included in the list"))
}

/// The word of the API for who may quote something.
pub(in crate::api) fn quote_policy(word: &str) -> ApiResult<QuotePolicy> {
    QuotePolicy::parse(word).ok_or_else(|| ApiError::validation("Quote approval policy is not included in the list"))
}
