//! Commands: hand in, finish, describe and remove media attachments. Files are the callers' business.

use chronodon_domain::Refusal;
use chronodon_domain::media::{self as domain, Command, Media};
use chronodon_events::media::{MediaFailed, MediaProcessed, MediaUploaded};
use chronodon_events::values::Focus;
use chronodon_events::{AccountId, MediaId};
use chronodon_projections::core::media;

use super::{By, CommandError, Commands};
use crate::clock;

/// How an owner describes an attachment.
#[derive(Clone, Debug, Default)]
pub struct DescribeMedia {
    /// Alternative text.
    pub description: Option<String>,
    /// Point of interest.
    pub focus: Option<Focus>,
}

impl Commands {
    /// A new attachment's id.
    #[must_use]
    pub fn new_media_id(&self) -> MediaId {
        MediaId(self.ids.next(clock::now()))
    }

    /// What this request has made already, when it is a retry.
    ///
    /// # Errors
    /// When it cannot be looked up.
    pub async fn uploaded_media(&self, by: By) -> Result<Option<MediaId>, CommandError> {
        Ok(self.made_by(by).await?.map(MediaId))
    }

    /// Hands in a file that is kept under `id` already. Answers another id when this is a retry: the first one's.
    ///
    /// # Errors
    /// When the description is out of bounds.
    pub async fn upload_media(
        &self,
        by: By,
        account: AccountId,
        id: MediaId,
        describe: DescribeMedia,
    ) -> Result<MediaId, CommandError> {
        let uploaded = MediaUploaded {
            account_id: account,
            media_id: id,
            description: describe.description.unwrap_or_default(),
            focus: describe.focus,
        };
        let stream = self.names.numbered("media", id.get());
        if self.execute::<Media>(by, stream.clone(), &Command::Upload(uploaded)).await? == stream {
            return Ok(id);
        }
        self.made_by(by).await?.map(MediaId).ok_or(CommandError::Refused(Refusal::NotFound))
    }

    /// An attachment as its stream tells it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn media_state(&self, id: MediaId) -> Result<domain::State, CommandError> {
        Ok(self.load::<Media>(&self.names.numbered("media", id.get())).await?.0)
    }

    /// Says what a file turned out to be, and answers the state that follows: another's result if that came first.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the attachment is gone.
    pub async fn finish_media(&self, by: By, processed: MediaProcessed) -> Result<domain::State, CommandError> {
        let id = processed.media_id;
        self.change_media(by, id, &Command::Finish(Box::new(processed))).await?;
        self.media_state(id).await
    }

    /// Says that a file is at fault.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the attachment is gone.
    pub async fn fail_media(&self, by: By, failed: MediaFailed) -> Result<(), CommandError> {
        self.change_media(by, failed.media_id, &Command::Fail(failed)).await
    }

    /// Describes an attachment.
    ///
    /// # Errors
    /// When it is not the account's own, or the description is out of bounds.
    pub async fn update_media(
        &self,
        by: By,
        account: AccountId,
        media_id: MediaId,
        describe: DescribeMedia,
    ) -> Result<(), CommandError> {
        let DescribeMedia { description, focus } = describe;
        self.change_media(by, media_id, &Command::Update { by: account, media_id, description, focus }).await
    }

    /// Removes an attachment that no status has, then destroys the secret that it is sealed with.
    ///
    /// # Errors
    /// When it is not the account's own, or a status has it.
    pub async fn remove_media(&self, by: By, account: AccountId, media_id: MediaId) -> Result<(), CommandError> {
        if media::own(&self.reader, account, media_id).await?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        if !media::attached(&self.reader, &[media_id]).await?.is_empty() {
            let message = "Media attachment is currently used by a status";
            return Err(Refusal::invalid("media", "ERR_IN_USE", message).into());
        }
        self.change_media(by, media_id, &Command::Remove { by: account, media_id }).await?;
        self.erase_object(media_id.get()).await
    }

    /// Destroys the secret of a status or attachment whose end is in the log. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the vault cannot be reached.
    pub async fn erase_object(&self, object: i64) -> Result<(), CommandError> {
        self.log.keys().destroy_object(object).await.map_err(|error| CommandError::Database(error.to_string()))
    }

    async fn change_media(&self, by: By, id: MediaId, command: &Command) -> Result<(), CommandError> {
        self.execute::<Media>(by, self.names.numbered("media", id.get()), command).await?;
        Ok(())
    }
}
