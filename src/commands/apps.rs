//! Commands: let an app in, and end its access.

use chronodon_domain::app::{App, Command};
use chronodon_event_log::StreamName;
use chronodon_events::app::AppAuthorized;
use chronodon_events::{AccountId, AppId, TokenId};
use chronodon_projections::core::authorizations;

use super::{By, CommandError, Commands};
use crate::auth::apps::RegisteredApp;
use crate::clock;

impl Commands {
    /// `account` lets an app in with these scopes. The same again is no news.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn authorize_app(
        &self,
        by: By,
        account: AccountId,
        app: &RegisteredApp,
        scopes: &[String],
    ) -> Result<(), CommandError> {
        let authorized = AppAuthorized {
            account_id: account,
            app_id: app.id,
            name: app.name.clone(),
            website: app.website.clone(),
            scopes: scopes.to_vec(),
        };
        let command = Command::Authorize(Box::new(authorized));
        self.execute::<App>(by, self.app_stream(account, app.id), &command).await?;
        Ok(())
    }

    /// An app acts for `account` no more. Its tokens have ended.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn revoke_app(&self, by: By, account: AccountId, app: AppId) -> Result<(), CommandError> {
        let command = Command::Revoke { account_id: account, app_id: app };
        self.execute::<App>(by, self.app_stream(account, app), &command).await?;
        Ok(())
    }

    /// No app acts for `account` any more. Their tokens have ended.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn revoke_all_apps(&self, by: By, account: AccountId) -> Result<(), CommandError> {
        for app in authorizations::apps_of(&self.reader, account).await? {
            self.revoke_app(by, account, app).await?;
        }
        Ok(())
    }

    /// A new app's id.
    #[must_use]
    pub fn new_app_id(&self) -> AppId {
        AppId(self.ids.next(clock::now()))
    }

    /// A new token's id.
    #[must_use]
    pub fn new_token_id(&self) -> TokenId {
        TokenId(self.ids.next(clock::now()))
    }

    fn app_stream(&self, account: AccountId, app: AppId) -> StreamName {
        self.names.named("app", &[&account.to_string(), &app.to_string()])
    }
}
