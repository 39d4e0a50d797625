//! Commands: make accounts, let them in, change what they may do and how they present themselves.

use chronodon_domain::Refusal;
use chronodon_domain::account::{Account, Changes, Command};
use chronodon_event_log::Body;
use chronodon_events::account::{AccountEvent, AccountRegistered};
use chronodon_events::values::{ImageFile, Profile, Role};
use chronodon_events::{AccountId, Event, Version};
use chronodon_projections::core::accounts;

use super::{By, CommandError, Commands, STREAM_EVENTS_MAX};
use crate::clock;

/// An account to make.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// Unique without regard to case.
    pub username: String,
    /// What it may do here.
    pub role: Role,
    /// ISO 639-1 code.
    pub locale: String,
    /// Why they want to join.
    pub reason: Option<String>,
    /// Let in at once.
    pub approved: bool,
    /// The address needs no confirmation.
    pub confirmed: bool,
}

impl Commands {
    /// Makes an account. Credentials are stored before, by the caller.
    ///
    /// # Errors
    /// When the name is taken or out of bounds.
    pub async fn register_account(&self, by: By, id: AccountId, new: NewAccount) -> Result<(), CommandError> {
        let account = AccountRegistered {
            account_id: id,
            username: new.username.clone(),
            locale: new.locale,
            reason: new.reason,
            role: new.role,
            approved: new.approved,
            confirmed: new.confirmed,
            profile: Profile { discoverable: true, ..Profile::default() },
            created_at: clock::now(),
        };
        let by_operator = by.origin == chronodon_events::Origin::Cli;
        let command = Command::Register { account: Box::new(account), by_operator };
        self.change_account(by, &new.username, &command).await
    }

    /// A new account's id.
    #[must_use]
    pub fn new_account_id(&self) -> AccountId {
        AccountId(self.ids.next(clock::now()))
    }

    /// Carries out a command about the account of this name.
    ///
    /// # Errors
    /// See [`chronodon_domain::account`].
    pub async fn change_account(&self, by: By, username: &str, command: &Command) -> Result<(), CommandError> {
        let stream = self.names.account(&username.to_lowercase());
        self.execute::<Account>(by, stream, command).await?;
        Ok(())
    }

    /// Whether an account of this server had this name and was deleted.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn was_deleted(&self, username: &str) -> Result<bool, CommandError> {
        let (state, _) = self.load::<Account>(&self.names.account(&username.to_lowercase())).await?;
        Ok(state.deleted)
    }

    /// Destroys the key that everything an account said is sealed with.
    ///
    /// # Errors
    /// When the vault cannot be reached.
    pub async fn erase_account(&self, account: AccountId) -> Result<(), CommandError> {
        self.log.keys().destroy_account(account).await.map_err(|error| CommandError::Database(error.to_string()))
    }

    /// The account presents itself otherwise, or begins new statuses otherwise.
    ///
    /// # Errors
    /// When a value is out of bounds.
    pub async fn change_profile(&self, by: By, account: AccountId, changes: Changes) -> Result<(), CommandError> {
        let username = self.username_of(account).await?;
        self.change_account(by, &username, &Command::Change(Box::new(changes))).await
    }

    /// The pictures that the account has shown and shows no more. Their files may be gone already.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub async fn former_pictures(&self, account: AccountId) -> Result<Vec<ImageFile>, CommandError> {
        let stream = self.names.account(&self.username_of(account).await?.to_lowercase());
        let events = self.log.read_stream(&stream, Version(0), STREAM_EVENTS_MAX).await?;
        let profiles: Vec<_> = events.into_iter().filter_map(|event| profile_in(event.body)).collect();
        let Some((now, before)) = profiles.split_last() else { return Ok(Vec::new()) };
        let shown: Vec<_> = pictures_of(now).map(|file| &file.path).collect();
        let former = before.iter().flat_map(pictures_of).filter(|file| !shown.contains(&&file.path));
        Ok(former.cloned().collect())
    }

    pub(super) async fn username_of(&self, account: AccountId) -> Result<String, CommandError> {
        let row = accounts::by_ids(&self.reader, &[account.get()]).await?.pop();
        Ok(row.ok_or(Refusal::NotFound)?.username)
    }
}

fn profile_in(body: Body) -> Option<Profile> {
    match body {
        Body::Event(Event::Account(AccountEvent::Registered(event))) => Some(event.profile),
        Body::Event(Event::Account(AccountEvent::ProfileUpdated(event))) => Some(event.profile),
        _ => None,
    }
}

fn pictures_of(profile: &Profile) -> impl Iterator<Item = &ImageFile> {
    profile.avatar.iter().chain(&profile.header)
}
