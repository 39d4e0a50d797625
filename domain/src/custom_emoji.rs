//! A custom emoji of this server: added, its picture replaced, removed. One stream per shortcode.

use chronodon_events::custom_emoji::{CustomEmojiAdded, CustomEmojiEvent, CustomEmojiRemoved};

use crate::text::is_shortcode;
use crate::{Decider, Refusal, limits};

/// What staff does with an emoji.
#[derive(Clone, Debug)]
pub enum Command {
    /// Add it, or replace its picture and category.
    Add(CustomEmojiAdded),
    /// Remove it.
    Remove {
        /// Without colons.
        shortcode: String,
    },
}

/// Decides about one emoji.
#[derive(Debug)]
pub struct CustomEmoji;

impl Decider for CustomEmoji {
    type Command = Command;
    type Event = CustomEmojiEvent;
    /// The emoji as it is now.
    type State = Option<CustomEmojiAdded>;

    fn decide(state: &Self::State, command: &Command) -> Result<Vec<CustomEmojiEvent>, Refusal> {
        match command {
            Command::Add(added) if state.as_ref() == Some(added) => Ok(Vec::new()),
            Command::Add(added) if is_shortcode(&added.shortcode) => Ok(vec![CustomEmojiEvent::Added(added.clone())]),
            Command::Add(_) => {
                let (min, max) = (limits::EMOJI_SHORTCODE_CHARS_MIN, limits::EMOJI_SHORTCODE_CHARS_MAX);
                let message = format!("must be {min} to {max} letters, digits and underscores");
                Err(Refusal::invalid("shortcode", "ERR_INVALID", message))
            }
            Command::Remove { .. } if state.is_none() => Err(Refusal::NotFound),
            Command::Remove { shortcode } => {
                Ok(vec![CustomEmojiEvent::Removed(CustomEmojiRemoved { shortcode: shortcode.clone() })])
            }
        }
    }

    fn evolve(_: Self::State, event: &CustomEmojiEvent) -> Self::State {
        match event {
            CustomEmojiEvent::Added(added) => Some(added.clone()),
            CustomEmojiEvent::Removed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use chronodon_events::values::ImageFile;

    use super::*;
    use crate::given;

    fn added(shortcode: &str, path: &str) -> CustomEmojiAdded {
        CustomEmojiAdded {
            shortcode: shortcode.to_owned(),
            image: ImageFile { path: path.to_owned(), ..ImageFile::default() },
            category: None,
            visible_in_picker: true,
        }
    }

    fn decide(events: &[CustomEmojiEvent], command: Command) -> Result<Vec<CustomEmojiEvent>, Refusal> {
        CustomEmoji::decide(&given::<CustomEmoji>(events.to_vec()), &command)
    }

    #[test]
    fn shortcodes_are_words() {
        for bad in ["", "a", "a-b", "ä_", ":ok:", &"a".repeat(limits::EMOJI_SHORTCODE_CHARS_MAX + 1)] {
            assert!(decide(&[], Command::Add(added(bad, "p"))).is_err(), "{bad}");
        }
        assert!(decide(&[], Command::Add(added("blob_Cat9", "p"))).is_ok());
    }

    #[test]
    fn a_picture_can_be_replaced_and_the_same_one_changes_nothing() {
        let there = decide(&[], Command::Add(added("cat", "p"))).expect("allowed");
        assert_eq!(decide(&there, Command::Add(added("cat", "p"))), Ok(Vec::new()));
        assert_eq!(decide(&there, Command::Add(added("cat", "q"))).map(|events| events.len()), Ok(1));
    }

    #[test]
    fn only_what_is_there_is_removed() {
        let remove = Command::Remove { shortcode: "cat".to_owned() };
        assert_eq!(decide(&[], remove.clone()), Err(Refusal::NotFound));
        let there = decide(&[], Command::Add(added("cat", "p"))).expect("allowed");
        assert_eq!(decide(&there, remove).map(|events| events.len()), Ok(1));
    }
}
