//! An app that acts for an account. One stream per account and app.

use chronodon_events::app::{AppAuthorized, AppEvent, AppRevoked};
use chronodon_events::{AccountId, AppId};

use crate::{Decider, Refusal};

/// Let it in, or end its access.
#[derive(Clone, Debug)]
pub enum Command {
    /// The account lets the app in, or allows it something else.
    Authorize(Box<AppAuthorized>),
    /// The app acts for the account no more.
    Revoke {
        /// Whose account.
        account_id: AccountId,
        /// Which app.
        app_id: AppId,
    },
}

/// Decides about one app of one account.
#[derive(Debug)]
pub struct App;

impl Decider for App {
    type Command = Command;
    type Event = AppEvent;
    /// What the account has allowed the app; nothing before, and after it was revoked.
    type State = Option<AppAuthorized>;

    fn decide(allowed: &Option<AppAuthorized>, command: &Command) -> Result<Vec<AppEvent>, Refusal> {
        Ok(match command {
            Command::Authorize(asked) if allowed.as_ref() == Some(asked) => Vec::new(),
            Command::Authorize(asked) => vec![AppEvent::Authorized((**asked).clone())],
            Command::Revoke { .. } if allowed.is_none() => Vec::new(),
            Command::Revoke { account_id, app_id } => {
                vec![AppEvent::Revoked(AppRevoked { account_id: *account_id, app_id: *app_id })]
            }
        })
    }

    fn evolve(_: Option<AppAuthorized>, event: &AppEvent) -> Option<AppAuthorized> {
        match event {
            AppEvent::Authorized(allowed) => Some(allowed.clone()),
            AppEvent::Revoked(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;

    fn authorize(scope: &str) -> Command {
        Command::Authorize(Box::new(AppAuthorized {
            account_id: AccountId(1),
            app_id: AppId(2),
            name: "App".to_owned(),
            website: None,
            scopes: vec![scope.to_owned()],
        }))
    }

    fn revoke() -> Command {
        Command::Revoke { account_id: AccountId(1), app_id: AppId(2) }
    }

    fn events(commands: &[Command]) -> usize {
        let events = commands.iter().fold(Vec::new(), |mut events, command| {
            let state = given::<App>(events.clone());
            events.extend(App::decide(&state, command).expect("never refused"));
            events
        });
        events.len()
    }

    #[test]
    fn letting_in_twice_is_letting_in_once() {
        assert_eq!(events(&[authorize("read"), authorize("read")]), 1);
    }

    #[test]
    fn other_scopes_are_a_fact_of_their_own() {
        assert_eq!(events(&[authorize("read"), authorize("write")]), 2);
    }

    #[test]
    fn what_was_never_let_in_is_not_revoked() {
        assert_eq!(events(&[revoke()]), 0);
        assert_eq!(events(&[authorize("read"), revoke(), revoke()]), 2);
        assert_eq!(events(&[authorize("read"), revoke(), authorize("read")]), 3);
    }
}
