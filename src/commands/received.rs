//! Commands: what other servers say of their accounts and statuses. Whether they may say it, the caller has checked.

use chronodon_domain::Refusal;
use chronodon_domain::account::{Account, Command as AccountCommand};
use chronodon_domain::status::{Command, Status, UpdatedAt};
use chronodon_domain::text;
use chronodon_event_log::StreamName;
use chronodon_events::remote::{Quote, QuotePolicy, RemoteActor, RemoteAttachment, RemoteEmoji, RemoteStatus, Tally};
use chronodon_events::status::StatusPosted;
use chronodon_events::values::{Hashtag, Mention, Poll, StatusRef, Visibility};
use chronodon_events::{AccountId, MediaId, StatusId};
use chronodon_projections::core::{accounts, statuses};
use jiff::Timestamp;
use serde::Serialize;

use super::{By, CommandError, Commands};
use crate::clock;

/// How often an id is made for a status before it is found to be free.
const IDS_TRIED_MAX: usize = 8;

/// A status of another server, whole, as it is now. Texts are sanitised, accounts and parents resolved.
#[derive(Clone, Debug, Serialize)]
pub struct ReceiveStatus {
    /// The author.
    pub account: AccountId,
    /// The object's id, an address.
    pub uri: String,
    /// Its page.
    pub url: String,
    /// When it was posted.
    pub published: Timestamp,
    /// When it was last edited, if it ever was.
    pub updated_at: Option<UpdatedAt>,
    /// Who may see it.
    pub visibility: Visibility,
    /// The status it answers, where that is known here.
    pub in_reply_to: Option<StatusRef>,
    /// The status it answers, where that is not known here.
    pub in_reply_to_uri: Option<String>,
    /// HTML.
    pub text: String,
    /// Content warning, plain text.
    pub spoiler_text: String,
    /// Media hidden behind a warning.
    pub sensitive: bool,
    /// ISO 639-1 code.
    pub language: Option<String>,
    /// Accounts it names, in order.
    pub mentions: Vec<Mention>,
    /// Hashtags, without their sign.
    pub hashtags: Vec<String>,
    /// Attachments; their ids are made here.
    pub attachments: Vec<RemoteAttachment>,
    /// Custom emojis.
    pub emojis: Vec<RemoteEmoji>,
    /// A question, and its votes so far.
    pub poll: Option<(Poll, Tally)>,
    /// The status it quotes.
    pub quote: Option<Quote>,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
    /// Its conversation, as its own server names it.
    pub conversation_uri: Option<String>,
}

impl Commands {
    /// Another server says what an account of its own is. Returns the id that it has here.
    ///
    /// # Errors
    /// When the log or the database cannot be reached.
    pub async fn discover_account(&self, by: By, actor: RemoteActor) -> Result<AccountId, CommandError> {
        let (uri, stream) = (actor.uri.clone(), self.names.account(&actor.uri));
        let command = AccountCommand::Discover { account_id: self.new_account_id(), actor: Box::new(actor) };
        self.execute::<Account>(by, stream, &command).await?;
        let account = accounts::remote::by_uri(&self.reader, &uri).await?.ok_or(Refusal::NotFound)?;
        Ok(AccountId(account.id))
    }

    /// Carries out a command about an account of another server.
    ///
    /// # Errors
    /// See [`chronodon_domain::account`].
    pub async fn change_remote_account(
        &self,
        by: By,
        actor_uri: &str,
        command: &AccountCommand,
    ) -> Result<(), CommandError> {
        self.execute::<Account>(by, self.names.account(actor_uri), command).await?;
        Ok(())
    }

    /// Takes in a status of another server, or what has become of it: the newest edit stays, and what was deleted stays
    /// so. Returns the id that it has here; nothing when it was deleted.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the status is somebody else's.
    pub async fn receive_status(&self, by: By, received: ReceiveStatus) -> Result<Option<StatusId>, CommandError> {
        let (uri, updated_at) = (received.uri.clone(), received.updated_at);
        let status = Box::new(self.posted(received).await?);
        self.execute::<Status>(by, self.names.remote_status(&uri), &Command::Receive { status, updated_at }).await?;
        Ok(self.remote_status(&uri).await?.map(|row| StatusId(row.id)))
    }

    /// An account of another server takes a status of its own back, known here or not.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is somebody else's.
    pub async fn bury_status(&self, by: By, account: AccountId, uri: &str) -> Result<(), CommandError> {
        let known = self.remote_status(uri).await?.map(|row| StatusId(row.id));
        let status_id = match known {
            Some(id) => id,
            None => self.new_status_id(clock::now()).await?,
        };
        let command = Command::Bury { by: account, status_id };
        self.execute::<Status>(by, self.names.remote_status(uri), &command).await?;
        self.erase_object(status_id.get()).await
    }

    /// A status of another server is kept no longer. It may come again.
    ///
    /// # Errors
    /// When the log or the database cannot be reached.
    pub async fn expire_status(&self, by: By, status_id: StatusId) -> Result<(), CommandError> {
        let stream = self.stream_of_status(status_id).await?;
        self.execute::<Status>(by, stream, &Command::Expire { status_id }).await?;
        self.erase_object(status_id.get()).await
    }

    /// The stream of a status, from here or from elsewhere.
    pub(super) async fn stream_of_status(&self, status_id: StatusId) -> Result<StreamName, CommandError> {
        let row = statuses::by_ids(&self.reader, &[status_id.get()]).await?.pop();
        let uri = row.filter(|row| !row.local).and_then(|row| row.uri);
        Ok(uri.map_or_else(|| self.names.status(status_id), |uri| self.names.remote_status(&uri)))
    }

    /// A status's id by when it was posted: those of other servers come late, and in whole seconds.
    pub(super) async fn new_status_id(&self, posted: Timestamp) -> Result<StatusId, CommandError> {
        for _ in 0..IDS_TRIED_MAX {
            let id = self.ids.scattered(posted);
            if statuses::by_ids(&self.reader, &[id]).await?.is_empty() {
                return Ok(StatusId(id));
            }
        }
        Err(CommandError::Conflict)
    }

    async fn remote_status(&self, uri: &str) -> Result<Option<statuses::Status>, CommandError> {
        let found = statuses::by_uris(&self.reader, &[uri.to_owned()]).await?;
        Ok(found.into_iter().find(|row| row.reblog_of_id.is_none()))
    }

    async fn posted(&self, received: ReceiveStatus) -> Result<StatusPosted, CommandError> {
        let created_at = received.published.min(clock::now());
        let status_id = self.new_status_id(created_at).await?;
        let mut attachments = received.attachments;
        attachments.iter_mut().for_each(|attachment| attachment.media_id = MediaId(self.ids.scattered(created_at)));
        let (poll, tally) = received.poll.unzip();
        Ok(StatusPosted {
            account_id: received.account,
            status_id,
            local: false,
            created_at,
            visibility: received.visibility,
            conversation_id: received.in_reply_to.as_ref().map_or(status_id, |parent| parent.conversation_id),
            in_reply_to: received.in_reply_to,
            in_reply_to_account_id: None,
            text: received.text,
            spoiler_text: received.spoiler_text,
            sensitive: received.sensitive,
            language: received.language,
            mentions: received.mentions,
            hashtags: hashtags(received.hashtags),
            media_ids: attachments.iter().map(|attachment| attachment.media_id).collect(),
            poll,
            application: None,
            quote: received.quote,
            quote_policy: received.quote_policy,
            remote: Some(RemoteStatus {
                uri: received.uri,
                url: received.url,
                attachments,
                emojis: received.emojis,
                tally,
                in_reply_to_uri: received.in_reply_to_uri,
                conversation_uri: received.conversation_uri,
            }),
        })
    }
}

/// Each once, and only what can be a hashtag here.
fn hashtags(names: Vec<String>) -> Vec<Hashtag> {
    let mut found: Vec<Hashtag> = Vec::new();
    for name in names.into_iter().filter(|name| text::is_hashtag_name(name)) {
        let key = text::hashtag_key(&name);
        if found.iter().all(|other| other.key != key) {
            found.push(Hashtag { key, name });
        }
    }
    found
}
