//! A media attachment: handed in, processed, described, removed. One stream per attachment.

use chronodon_events::media::{MediaEvent, MediaFailed, MediaProcessed, MediaRemoved, MediaUpdated, MediaUploaded};
use chronodon_events::values::Focus;
use chronodon_events::{AccountId, MediaId};

use crate::{Decider, Refusal, limits};

/// What happens to an attachment.
#[derive(Clone, Debug)]
pub enum Command {
    /// An account hands in a file.
    Upload(MediaUploaded),
    /// Processing ended well.
    Finish(Box<MediaProcessed>),
    /// The file is at fault.
    Fail(MediaFailed),
    /// The owner describes it. What is absent stays as it is.
    Update {
        /// Who asks.
        by: AccountId,
        /// Which attachment.
        media_id: MediaId,
        /// Alternative text.
        description: Option<String>,
        /// Point of interest.
        focus: Option<Focus>,
    },
    /// The owner, or the server in the owner's name, takes it away. The caller has seen that no status has it.
    Remove {
        /// The owner.
        by: AccountId,
        /// Which attachment.
        media_id: MediaId,
    },
}

/// How far an attachment has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Stage {
    /// It was never handed in, or it is gone.
    #[default]
    Absent,
    /// Handed in.
    Processing,
    /// Processed; its files' paths.
    Ready {
        /// The file.
        path: String,
        /// A smaller picture.
        preview_path: Option<String>,
    },
    /// It could not be read.
    Failed,
}

/// An attachment as its stream tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The owner.
    pub account_id: AccountId,
    /// How far it has come.
    pub stage: Stage,
    /// Alternative text.
    pub description: String,
    /// Point of interest.
    pub focus: Option<Focus>,
}

/// Decides about one attachment.
#[derive(Debug)]
pub struct Media;

impl Decider for Media {
    type Command = Command;
    type Event = MediaEvent;
    type State = State;

    fn decide(state: &State, command: &Command) -> Result<Vec<MediaEvent>, Refusal> {
        match command {
            Command::Upload(uploaded) => {
                check(&uploaded.description, uploaded.focus)?;
                Ok(vec![MediaEvent::Uploaded(uploaded.clone())])
            }
            Command::Finish(processed) => {
                owned(state, processed.account_id)?;
                Ok(first_result(state, MediaEvent::Processed((**processed).clone())))
            }
            Command::Fail(failed) => {
                owned(state, failed.account_id)?;
                Ok(first_result(state, MediaEvent::Failed(failed.clone())))
            }
            Command::Update { by, media_id, description, focus } => {
                owned(state, *by)?;
                update(state, *media_id, description.as_ref(), *focus)
            }
            Command::Remove { by, media_id } => {
                owned(state, *by)?;
                Ok(vec![MediaEvent::Removed(MediaRemoved { account_id: *by, media_id: *media_id })])
            }
        }
    }

    fn evolve(mut state: State, event: &MediaEvent) -> State {
        match event {
            MediaEvent::Uploaded(uploaded) => {
                return State {
                    account_id: uploaded.account_id,
                    stage: Stage::Processing,
                    description: uploaded.description.clone(),
                    focus: uploaded.focus,
                };
            }
            MediaEvent::Processed(processed) => {
                state.stage =
                    Stage::Ready { path: processed.path.clone(), preview_path: processed.preview_path.clone() };
            }
            MediaEvent::Failed(_) => state.stage = Stage::Failed,
            MediaEvent::Updated(updated) => {
                state.description.clone_from(&updated.description);
                state.focus = updated.focus;
            }
            MediaEvent::Removed(_) => return State::default(),
        }
        state
    }
}

/// Nothing, when an attachment may be described so.
///
/// # Errors
/// [`Refusal::Invalid`] when the description is too long, or the focus is not on the picture.
pub fn check(description: &str, focus: Option<Focus>) -> Result<(), Refusal> {
    if description.chars().count() > limits::MEDIA_DESCRIPTION_CHARS_MAX {
        let message = format!("is too long (maximum is {} characters)", limits::MEDIA_DESCRIPTION_CHARS_MAX);
        return Err(Refusal::invalid("description", "ERR_TOO_LONG", message));
    }
    let within = |coordinate: f64| (-1.0..=1.0).contains(&coordinate);
    if focus.is_some_and(|focus| !within(focus.x) || !within(focus.y)) {
        return Err(Refusal::invalid("focus", "ERR_INVALID", "must be two numbers from -1 to 1"));
    }
    Ok(())
}

/// Somebody else's attachment is as absent as one that is gone.
fn owned(state: &State, by: AccountId) -> Result<(), Refusal> {
    if state.stage != Stage::Absent && state.account_id == by { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Whoever ends processing first is right; two may have been at it.
fn first_result(state: &State, event: MediaEvent) -> Vec<MediaEvent> {
    if state.stage == Stage::Processing { vec![event] } else { Vec::new() }
}

fn update(
    state: &State,
    media_id: MediaId,
    description: Option<&String>,
    focus: Option<Focus>,
) -> Result<Vec<MediaEvent>, Refusal> {
    let description = description.unwrap_or(&state.description).clone();
    let focus = focus.or(state.focus);
    check(&description, focus)?;
    if description == state.description && focus == state.focus {
        return Ok(Vec::new());
    }
    let account_id = state.account_id;
    Ok(vec![MediaEvent::Updated(MediaUpdated { account_id, media_id, description, focus })])
}

#[cfg(test)]
mod tests {
    use chronodon_events::media::MediaKind;

    use super::*;
    use crate::given;

    const ID: MediaId = MediaId(7);

    fn uploaded() -> MediaUploaded {
        MediaUploaded { account_id: AccountId(1), media_id: ID, description: "a cat".to_owned(), focus: None }
    }

    fn finish(path: &str) -> Command {
        Command::Finish(Box::new(MediaProcessed {
            account_id: AccountId(1),
            media_id: ID,
            kind: MediaKind::Image,
            mime_type: "image/png".to_owned(),
            path: path.to_owned(),
            preview_path: None,
            size_bytes: 1,
            meta: Default::default(),
            blurhash: None,
        }))
    }

    fn describe(by: i64, description: &str) -> Command {
        Command::Update { by: AccountId(by), media_id: ID, description: Some(description.to_owned()), focus: None }
    }

    fn after(commands: &[Command]) -> Result<Vec<MediaEvent>, Refusal> {
        let mut events = vec![MediaEvent::Uploaded(uploaded())];
        for command in commands {
            events.extend(Media::decide(&given::<Media>(events.clone()), command)?);
        }
        Ok(events)
    }

    #[test]
    fn the_first_result_stands() {
        let events = after(&[finish("a"), finish("b")]).expect("allowed");
        let ready = Stage::Ready { path: "a".to_owned(), preview_path: None };
        assert_eq!((events.len(), given::<Media>(events).stage), (2, ready));
    }

    #[test]
    fn only_the_owner_describes_it_and_the_same_words_change_nothing() {
        assert_eq!(after(&[describe(2, "a dog")]), Err(Refusal::NotFound));
        assert_eq!(after(&[describe(1, "a cat")]).expect("allowed").len(), 1);
        assert_eq!(after(&[describe(1, "a dog")]).expect("allowed").len(), 2);
    }

    #[test]
    fn bounds_hold() {
        let long = "é".repeat(limits::MEDIA_DESCRIPTION_CHARS_MAX + 1);
        assert!(after(&[describe(1, &long)]).is_err());
        assert!(after(&[describe(1, &long[2..])]).is_ok());
        assert!(check("", Some(Focus { x: 1.5, y: 0.0 })).is_err());
        assert!(check("", Some(Focus { x: f64::NAN, y: 0.0 })).is_err());
    }

    #[test]
    fn what_is_removed_is_absent() {
        let remove = Command::Remove { by: AccountId(1), media_id: ID };
        assert_eq!(after(&[remove.clone(), describe(1, "x")]), Err(Refusal::NotFound));
        assert_eq!(after(&[remove.clone(), finish("a")]), Err(Refusal::NotFound));
        assert_eq!(after(&[remove.clone(), remove]), Err(Refusal::NotFound));
    }
}
