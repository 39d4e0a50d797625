//! Commands: add and remove custom emojis. Their pictures are the callers' business.

use chronodon_domain::custom_emoji::{Command, CustomEmoji};
use chronodon_domain::{Refusal, limits};
use chronodon_events::custom_emoji::CustomEmojiAdded;
use chronodon_projections::core::custom_emojis;

use super::{By, CommandError, Commands};
use crate::clock;

impl Commands {
    /// The owner of a new emoji's files in the media store.
    #[must_use]
    pub fn new_emoji_file_id(&self) -> i64 {
        self.ids.next(clock::now())
    }

    /// Adds an emoji or replaces its picture, and answers what was there before.
    ///
    /// # Errors
    /// When the shortcode is out of bounds, or there are too many emojis.
    pub async fn add_custom_emoji(
        &self,
        by: By,
        emoji: CustomEmojiAdded,
    ) -> Result<Option<CustomEmojiAdded>, CommandError> {
        let before = self.custom_emoji(&emoji.shortcode).await?;
        if before.is_none() && custom_emojis::all(&self.reader).await?.len() >= limits::EMOJI_MAX {
            let message = format!("There can be at most {} custom emojis", limits::EMOJI_MAX);
            return Err(Refusal::invalid("shortcode", "ERR_LIMIT", message).into());
        }
        let stream = self.names.named("custom_emoji", &[&emoji.shortcode]);
        self.execute::<CustomEmoji>(by, stream, &Command::Add(emoji)).await?;
        Ok(before)
    }

    /// Removes an emoji, and answers what was there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none of this name.
    pub async fn remove_custom_emoji(&self, by: By, shortcode: &str) -> Result<Option<CustomEmojiAdded>, CommandError> {
        let before = self.custom_emoji(shortcode).await?;
        let command = Command::Remove { shortcode: shortcode.to_owned() };
        self.execute::<CustomEmoji>(by, self.names.named("custom_emoji", &[shortcode]), &command).await?;
        Ok(before)
    }

    async fn custom_emoji(&self, shortcode: &str) -> Result<Option<CustomEmojiAdded>, CommandError> {
        Ok(self.load::<CustomEmoji>(&self.names.named("custom_emoji", &[shortcode])).await?.0)
    }
}
