//! Signing in with a password: who it is, and whether they may use the server.

use chronodon_events::AccountId;
use chronodon_projections::core::accounts;

use crate::app::App;
use crate::commands::CommandError;

/// What came of a login and a password. Only who knows the password learns more than [`Self::Wrong`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// In.
    In(AccountId),
    /// No account has this login and password.
    Wrong,
    /// The account is shut out.
    Suspended,
    /// The address is not confirmed.
    Unconfirmed,
    /// Nobody has let the account in yet.
    Pending,
}

impl SignIn {
    /// What to tell the person who is not in.
    #[must_use]
    pub const fn problem(self) -> Option<&'static str> {
        match self {
            Self::In(_) => None,
            Self::Wrong => Some("This login and password do not belong together. Please check both."),
            Self::Suspended => Some("This account is suspended. The people who run this server can tell you why."),
            Self::Unconfirmed => {
                Some("Your e-mail address is not confirmed yet. Please follow the link in the message we sent you.")
            }
            Self::Pending => Some("Your sign-up has not been approved yet. Please come back later."),
        }
    }
}

impl App {
    /// Checks a login and a password.
    ///
    /// # Errors
    /// See [`crate::auth::credentials::Credentials::verify`].
    pub async fn sign_in(&self, login: &str, password: &str) -> Result<SignIn, CommandError> {
        let Some(account) = self.credentials.verify(login, password).await? else { return Ok(SignIn::Wrong) };
        let found = accounts::by_ids(&self.reader, &[account.get()]).await?;
        Ok(match found.first() {
            None => SignIn::Wrong,
            Some(account) if account.suspended => SignIn::Suspended,
            Some(account) if !account.confirmed => SignIn::Unconfirmed,
            Some(account) if !account.approved => SignIn::Pending,
            Some(_) => SignIn::In(account),
        })
    }
}
