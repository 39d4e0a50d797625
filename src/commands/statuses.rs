//! Commands: post, edit, delete, pin a status.

mod facts;

use chronodon_domain::account::is_language;
use chronodon_domain::quote::{policy_of, visibility_of_quoting};
use chronodon_domain::status::{Command, Status};
use chronodon_domain::text;
use chronodon_domain::{Refusal, domain_name, limits};
use chronodon_events::remote::QuotePolicy;
use chronodon_events::status::{StatusEdited, StatusPosted};
use chronodon_events::values::{Application, Hashtag, Mention, Poll, Visibility};
use chronodon_events::{AccountId, MediaId, StatusId};
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::{media, pins};
use jiff::{SignedDuration, Timestamp};

use super::{By, CommandError, Commands, DescribeMedia};
use crate::clock;
use facts::Begun;

/// A question to ask.
#[derive(Clone, Debug, Default)]
pub struct NewPoll {
    /// Plain texts; blank ones are dropped.
    pub options: Vec<String>,
    /// From now on.
    pub expires_in_seconds: i64,
    /// More than one choice.
    pub multiple: bool,
    /// Counts hidden until it closes.
    pub hide_totals: bool,
}

/// What somebody wants to say.
#[derive(Clone, Debug, Default)]
pub struct PostStatus {
    /// Plain text.
    pub text: String,
    /// Content warning.
    pub spoiler_text: String,
    /// Hide media; a content warning does so too. Absent: the account's default, like the two below.
    pub sensitive: Option<bool>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// ISO 639-1 code.
    pub language: Option<String>,
    /// The status it answers.
    pub in_reply_to: Option<StatusId>,
    /// Attachments, in order.
    pub media_ids: Vec<MediaId>,
    /// A question.
    pub poll: Option<NewPoll>,
    /// The status it quotes.
    pub quoted: Option<StatusId>,
    /// Who may quote it. Absent: the account's default.
    pub quote_policy: Option<QuotePolicy>,
    /// The app it comes from.
    pub application: Option<Application>,
}

/// What somebody wants a status to say instead.
#[derive(Clone, Debug, Default)]
pub struct EditStatus {
    /// Plain text.
    pub text: String,
    /// Content warning.
    pub spoiler_text: String,
    /// Hide media.
    pub sensitive: bool,
    /// ISO 639-1 code; absent: as before.
    pub language: Option<String>,
    /// Attachments, in order.
    pub media_ids: Vec<MediaId>,
    /// A question; the same options and multiplicity keep the votes.
    pub poll: Option<NewPoll>,
    /// Who may quote it from now on. Absent: as before.
    pub quote_policy: Option<QuotePolicy>,
    /// What else is said about attachments among `media_ids`.
    pub descriptions: Vec<(MediaId, DescribeMedia)>,
}

impl Commands {
    /// Posts a status for `account`. Under a request id that was posted before: the first post's id.
    ///
    /// # Errors
    /// When the parent is not there for the account, or the content is out of bounds.
    pub async fn post_status(&self, by: By, account: AccountId, post: PostStatus) -> Result<StatusId, CommandError> {
        if let Some(first) = self.made_by(by).await? {
            return Ok(StatusId(first));
        }
        let now = clock::now();
        let status_id = StatusId(self.ids.next(now));
        let PostStatus { text, spoiler_text, media_ids, .. } = post;
        let (text, spoiler_text) = said(&text, &spoiler_text);
        let (parent, answers) = self.answered(account, post.in_reply_to).await?;
        let (visibility, quote_policy) = (post.visibility, post.quote_policy);
        let begun = Begun { visibility, sensitive: post.sensitive, language: post.language, quote_policy };
        let defaults = self.with_defaults(account, begun).await?;
        let (quote, visibility) = match post.quoted {
            Some(quoted) => {
                let (quote, quoted) = self.quote_by(account, quoted).await?;
                (Some(quote), visibility_of_quoting(quoted.visibility, defaults.visibility))
            }
            None => (None, defaults.visibility),
        };
        self.check_media(account, &media_ids, None).await?;
        let posted = StatusPosted {
            account_id: account,
            status_id,
            local: true,
            created_at: now,
            visibility,
            conversation_id: parent.as_ref().map_or(status_id, |parent| parent.conversation_id),
            in_reply_to: parent,
            in_reply_to_account_id: answers,
            mentions: self.mentions(&text).await?,
            hashtags: hashtags(&text),
            sensitive: defaults.sensitive || !spoiler_text.is_empty(),
            text,
            spoiler_text,
            language: defaults.language,
            media_ids,
            poll: post.poll.map(|poll| poll_from(poll, now)),
            application: post.application,
            quote,
            quote_policy: policy_of(visibility, defaults.quote_policy),
            remote: None,
        };
        let command = Command::Post(Box::new(posted));
        let stream = self.execute_first::<Status>(by, self.names.status(status_id), &command).await?;
        if stream == self.names.status(status_id) {
            return Ok(status_id);
        }
        // Another request under the same id was first.
        self.made_by(by).await?.map(StatusId).ok_or(CommandError::Refused(Refusal::NotFound))
    }

    /// Replaces a status's content, after its attachments are described.
    ///
    /// # Errors
    /// When it is not the account's own, or the content is out of bounds.
    pub async fn edit_status(
        &self,
        by: By,
        account: AccountId,
        status_id: StatusId,
        edit: EditStatus,
    ) -> Result<(), CommandError> {
        let now = clock::now();
        let (text, spoiler_text) = said(&edit.text, &edit.spoiler_text);
        self.check_media(account, &edit.media_ids, Some(status_id)).await?;
        let edited = StatusEdited {
            account_id: account,
            status_id,
            mentions: self.mentions(&text).await?,
            hashtags: hashtags(&text),
            sensitive: edit.sensitive || !spoiler_text.is_empty(),
            text,
            spoiler_text,
            language: edit.language.filter(|code| is_language(code)),
            media_ids: edit.media_ids,
            poll: edit.poll.map(|poll| poll_from(poll, now)),
            poll_reset: false,
            edited_at: now,
            remote: None,
        };
        let described = self.describe_attachments(by, account, status_id, &edited.media_ids, edit.descriptions).await?;
        let command = Command::Edit { to: Box::new(edited), described };
        self.execute::<Status>(by, self.names.status(status_id), &command).await?;
        match edit.quote_policy {
            Some(policy) => self.set_quote_policy(by, account, status_id, policy).await,
            None => Ok(()),
        }
    }

    /// Lets others quote a status than before. Quotes that were approved stay so.
    ///
    /// # Errors
    /// When it is not the account's own.
    pub async fn set_quote_policy(
        &self,
        by: By,
        account: AccountId,
        status_id: StatusId,
        quote_policy: QuotePolicy,
    ) -> Result<(), CommandError> {
        let command = Command::SetQuotePolicy { by: account, status_id, quote_policy };
        self.execute::<Status>(by, self.names.status(status_id), &command).await?;
        Ok(())
    }

    /// Deletes a status, then destroys the secret that its content is sealed with.
    ///
    /// # Errors
    /// When it is not the account's own.
    pub async fn delete_status(&self, by: By, account: AccountId, status_id: StatusId) -> Result<(), CommandError> {
        let command = Command::Delete { by: account, status_id };
        self.execute::<Status>(by, self.names.status(status_id), &command).await?;
        self.erase_object(status_id.get()).await
    }

    /// Shows a status on top of its author's profile.
    ///
    /// # Errors
    /// When it is not the account's own, is direct, or too many are pinned already. One that the account may not see is
    /// not there.
    pub async fn pin_status(&self, by: By, account: AccountId, status_id: StatusId) -> Result<(), CommandError> {
        self.visible_status(Some(account), status_id).await?;
        let pinned = pins::count_beside(&self.reader, account, status_id).await?;
        if pinned >= limits::PINNED_STATUSES_MAX {
            let message = "You have already pinned the maximum number of posts";
            return Err(Refusal::invalid("status", "ERR_LIMIT", message).into());
        }
        let command = Command::Pin { by: account, status_id };
        self.execute::<Status>(by, self.stream_of_status(status_id).await?, &command).await?;
        Ok(())
    }

    /// Shows a status on top of its author's profile no more.
    ///
    /// # Errors
    /// When it is not the account's own.
    pub async fn unpin_status(&self, by: By, account: AccountId, status_id: StatusId) -> Result<(), CommandError> {
        let command = Command::Unpin { by: account, status_id };
        self.execute::<Status>(by, self.stream_of_status(status_id).await?, &command).await?;
        Ok(())
    }

    /// Nothing, when `viewer` may see the status.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there for the viewer.
    pub async fn may_see_status(&self, viewer: Option<AccountId>, status: StatusId) -> Result<(), CommandError> {
        self.visible_status(viewer, status).await.map(drop)
    }

    /// The source of a status, for its author.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not the account's own.
    pub async fn status_source(&self, account: AccountId, status: StatusId) -> Result<String, CommandError> {
        let (state, _) = self.load::<Status>(&self.names.status(status)).await?;
        let own = state.status.filter(|status| status.account_id == account);
        Ok(own.ok_or(Refusal::NotFound)?.text)
    }

    /// Describes those of a status's attachments that there is something to say about. Returns whether any is now
    /// described otherwise.
    async fn describe_attachments(
        &self,
        by: By,
        account: AccountId,
        status_id: StatusId,
        attached: &[MediaId],
        descriptions: Vec<(MediaId, DescribeMedia)>,
    ) -> Result<bool, CommandError> {
        let descriptions: Vec<_> = descriptions.into_iter().filter(|(id, _)| attached.contains(id)).collect();
        if descriptions.is_empty() {
            return Ok(false);
        }
        // Nothing is said about the attachments of a status that is not the account's own.
        self.status_source(account, status_id).await?;
        let before = self.described(&descriptions).await?;
        for (id, describe) in descriptions.clone() {
            self.update_media(by, account, id, describe).await?;
        }
        Ok(before != self.described(&descriptions).await?)
    }

    async fn described(&self, media_ids: &[(MediaId, DescribeMedia)]) -> Result<Vec<Described>, CommandError> {
        let ids: Vec<_> = media_ids.iter().map(|(id, _)| id.get()).collect();
        let mut rows = media::by_ids(&self.reader, &ids).await?;
        rows.sort_unstable_by_key(|row| row.id);
        Ok(rows.into_iter().map(|row| (row.id, row.description, row.focus)).collect())
    }

    /// The local accounts that a text names, in order, each once.
    async fn mentions(&self, content: &str) -> Result<Vec<Mention>, CommandError> {
        let named: Vec<(String, String)> = text::mentions(content)
            .into_iter()
            .take(limits::STATUS_MENTIONS_MAX)
            .filter_map(|mention| Some((mention.username.to_lowercase(), self.domain_of(mention.domain.as_deref())?)))
            .collect();
        let (ours, others): (Vec<_>, Vec<_>) = named.iter().cloned().partition(|(_, domain)| domain.is_empty());
        let mut found = Vec::new();
        if !ours.is_empty() {
            let names: Vec<String> = ours.into_iter().map(|(name, _)| name).collect();
            found = accounts::by_local_usernames(&self.reader, &names).await?;
        }
        if !others.is_empty() {
            found.extend(accounts::remote::by_handles(&self.reader, &others).await?);
        }
        let mut mentions: Vec<Mention> = Vec::new();
        for (name, domain) in named {
            let is_named = |row: &&Account| {
                row.username.to_lowercase() == name && row.domain.as_deref().unwrap_or_default() == domain
            };
            let account = found.iter().find(is_named);
            if let Some(account) = account.filter(|account| mentions.iter().all(|m| m.account_id.get() != account.id)) {
                mentions.push(self.mention(account));
            }
        }
        Ok(mentions)
    }

    /// The domain of a mention; empty where it is ours, none where it is none.
    fn domain_of(&self, domain: Option<&str>) -> Option<String> {
        let Some(domain) = domain.filter(|domain| !domain.eq_ignore_ascii_case(&self.domain)) else {
            return Some(String::new());
        };
        domain_name::canonical(domain)
    }

    fn mention(&self, account: &Account) -> Mention {
        let local = account.domain.is_none();
        let own = || format!("{}/@{}", self.base_url, account.username);
        Mention {
            account_id: AccountId(account.id),
            username: account.username.clone(),
            domain: account.domain.clone(),
            url: account.url.clone().filter(|_| !local).unwrap_or_else(own),
            local,
        }
    }

    /// Attachments must be the author's own, ready, and not on another status.
    async fn check_media(&self, account: AccountId, ids: &[MediaId], on: Option<StatusId>) -> Result<(), CommandError> {
        if ids.is_empty() {
            return Ok(());
        }
        let numbers: Vec<_> = ids.iter().map(|id| id.get()).collect();
        let (found, attached) =
            tokio::try_join!(media::by_ids(&self.reader, &numbers), media::attached(&self.reader, ids))?;
        for id in ids {
            let row = found.iter().find(|row| row.id == id.get() && row.account_id == account.get());
            let row = row.filter(|_| attached.iter().all(|(media, status)| media != id || Some(*status) == on));
            match row.map(|row| row.state.as_str()) {
                Some("ready") => {}
                Some("processing") => {
                    let message = "Cannot attach files that have not finished processing. Try again in a moment!";
                    return Err(Refusal::invalid("media_ids", "ERR_NOT_READY", message).into());
                }
                _ => return Err(Refusal::invalid("media_ids", "ERR_INVALID", "Media not found").into()),
            }
        }
        Ok(())
    }
}

/// An attachment's id, alternative text, and focus.
type Described = (i64, String, Option<serde_json::Value>);

/// What is said, trimmed. A content warning before nothing is what is said.
fn said(content: &str, spoiler: &str) -> (String, String) {
    let (content, spoiler) = (content.trim(), spoiler.trim());
    if content.is_empty() { (spoiler.to_owned(), String::new()) } else { (content.to_owned(), spoiler.to_owned()) }
}

fn poll_from(poll: NewPoll, now: Timestamp) -> Poll {
    let expires_at = now.checked_add(SignedDuration::from_secs(poll.expires_in_seconds)).unwrap_or(Timestamp::MAX);
    let options = poll.options.into_iter().map(|option| option.trim().to_owned()).filter(|option| !option.is_empty());
    Poll { options: options.collect(), multiple: poll.multiple, hide_totals: poll.hide_totals, expires_at }
}

fn hashtags(content: &str) -> Vec<Hashtag> {
    let mut found: Vec<Hashtag> = Vec::new();
    for hashtag in text::hashtags(content).into_iter().take(limits::STATUS_HASHTAGS_MAX) {
        if found.iter().all(|other| other.key != hashtag.key) {
            found.push(Hashtag { key: hashtag.key, name: hashtag.name });
        }
    }
    found
}
