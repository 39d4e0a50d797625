//! Commands: relays. What they are sent, and what comes from them, is for others.

use chronodon_domain::relay::{Command, Relay};
use chronodon_domain::{Refusal, limits};
use chronodon_events::RelayId;
use chronodon_events::relay::RelayAdded;
use chronodon_projections::core::relays;

use super::{By, CommandError, Commands};
use crate::{clock, ids};

/// The longest address of an inbox.
const INBOX_URL_BYTES_MAX: usize = 2_048;

impl Commands {
    /// Asks the relay at this inbox to let the server in.
    ///
    /// # Errors
    /// When it is no address, or there are too many relays.
    pub async fn add_relay(&self, by: By, inbox_url: &str) -> Result<(), CommandError> {
        let inbox_url = self.inbox(inbox_url)?;
        if relays::all(&self.reader).await?.len() >= limits::RELAYS_MAX {
            let message = format!("There can be at most {} relays", limits::RELAYS_MAX);
            return Err(Refusal::invalid("inbox_url", "ERR_LIMIT", message).into());
        }
        let follow_uri = format!("{}/actor#follows/{}", self.base_url, ids::command_id());
        let relay_id = RelayId(self.ids.next(clock::now()));
        let added = RelayAdded { relay_id, inbox_url: inbox_url.clone(), follow_uri };
        self.execute::<Relay>(by, self.names.named("relay", &[&inbox_url]), &Command::Add(added)).await?;
        Ok(())
    }

    /// Has no more to do with the relay at this inbox.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none.
    pub async fn remove_relay(&self, by: By, inbox_url: &str) -> Result<(), CommandError> {
        let inbox_url = self.inbox(inbox_url)?;
        self.execute::<Relay>(by, self.names.named("relay", &[&inbox_url]), &Command::Remove).await?;
        Ok(())
    }

    /// A relay has accepted this Follow. An answer to another than the one that stands changes nothing.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn accept_relay(&self, by: By, follow_uri: &str) -> Result<(), CommandError> {
        self.answered_by_relay(by, follow_uri, Command::Accept { follow_uri: follow_uri.to_owned() }).await
    }

    /// A relay has rejected this Follow, or lets the server in no more.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn reject_relay(&self, by: By, follow_uri: &str) -> Result<(), CommandError> {
        self.answered_by_relay(by, follow_uri, Command::Reject { follow_uri: follow_uri.to_owned() }).await
    }

    async fn answered_by_relay(&self, by: By, follow_uri: &str, answer: Command) -> Result<(), CommandError> {
        if let Some(relay) = relays::by_follow(&self.reader, follow_uri).await? {
            self.execute::<Relay>(by, self.names.named("relay", &[&relay.inbox_url]), &answer).await?;
        }
        Ok(())
    }

    /// An address as it is stored. Plain http only where we are on it ourselves.
    fn inbox(&self, text: &str) -> Result<String, Refusal> {
        let invalid = || Refusal::invalid("inbox_url", "ERR_INVALID", "is not a valid URL");
        let url = url::Url::parse(text.trim()).map_err(|_| invalid())?;
        let plain = url.scheme() == "http" && self.base_url.starts_with("http://");
        let is_good = (url.scheme() == "https" || plain)
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.as_str().len() <= INBOX_URL_BYTES_MAX;
        if is_good { Ok(url.into()) } else { Err(invalid()) }
    }
}
