//! Grants: from what an app asks for to a code, and from a code or a secret to a token (RFC 6749, RFC 7636).
//!
//! Must not know HTTP. Every refusal is one of RFC 6749's codes with a sentence.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chronodon_events::AccountId;
use sha2::{Digest, Sha256};

use super::apps::{RegisteredApp, SCOPES_DEFAULT};
use super::codes::{self, Code};
use super::scopes;
use super::sign_in::SignIn;
use super::tokens::{self, NewToken};
use crate::app::App;
use crate::clock;
use crate::commands::{By, CommandError};

/// Base64url characters of a SHA-256.
const CHALLENGE_LENGTH: usize = 43;

/// Why nothing is granted.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// One of RFC 6749's codes, and a sentence.
    #[error("{1}")]
    Refused(&'static str, &'static str),
    /// The database or the log could not be asked.
    #[error(transparent)]
    Fault(#[from] CommandError),
}

const CODE_INVALID: GrantError = GrantError::Refused(
    "invalid_grant",
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the \
     authorization request, or was issued to another client.",
);
const SCOPE_INVALID: GrantError =
    GrantError::Refused("invalid_scope", "The requested scope is invalid, unknown, or malformed.");

/// A token that was made, with its secret.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The secret.
    pub secret: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: jiff::Timestamp,
}

/// What an app asks a person for. Its redirect URI is one of the app's own.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Who asks.
    pub app: RegisteredApp,
    /// Where the code goes.
    pub redirect_uri: String,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// For PKCE.
    pub code_challenge: Option<String>,
}

impl Ask {
    /// Checks what an app asks for, after its redirect URI was found to be its own.
    ///
    /// # Errors
    /// When it is not the code grant, or asks for more than the app may, or PKCE without SHA-256.
    pub fn check(
        app: RegisteredApp,
        redirect_uri: String,
        response_type: Option<&str>,
        scope: Option<&str>,
        pkce: (Option<&str>, Option<&str>),
    ) -> Result<Self, GrantError> {
        if response_type != Some("code") {
            let sentence = "The authorization server does not support this response type.";
            return Err(GrantError::Refused("unsupported_response_type", sentence));
        }
        let code_challenge = match pkce {
            (None, None) => None,
            (Some(challenge), Some("S256")) if is_challenge(challenge) => Some(challenge.to_owned()),
            _ => {
                let sentence = "The code_challenge_method must be S256, and the code_challenge the hash of a verifier.";
                return Err(GrantError::Refused("invalid_request", sentence));
            }
        };
        let scopes = scopes_for(&app, scope)?;
        Ok(Self { app, redirect_uri, scopes, code_challenge })
    }
}

impl App {
    /// `account` lets the app in: the fact goes into the log, and the code to the app.
    ///
    /// # Errors
    /// When the database or the log refuses.
    pub async fn grant_code(&self, account: AccountId, ask: Ask) -> Result<String, CommandError> {
        self.commands.authorize_app(By::account(account), account, &ask.app, &ask.scopes).await?;
        let (secret, now) = (tokens::secret(), clock::now());
        let code = Code {
            app_id: ask.app.id,
            account_id: account,
            scopes: ask.scopes,
            redirect_uri: ask.redirect_uri,
            code_challenge: ask.code_challenge,
            expires_at: now + codes::LIFETIME,
            token_id: None,
        };
        codes::store(&self.server_tables, &secret, &code, now).await?;
        Ok(secret)
    }

    /// The token for a code. A code that is used again ends the token that it was used for.
    ///
    /// # Errors
    /// When the code is not the app's, has expired or was used, or redirect URI or verifier are others.
    pub async fn redeem_code(
        &self,
        app: &RegisteredApp,
        secret: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Result<Granted, GrantError> {
        let code = codes::find(&self.server_tables, secret).await?.filter(|code| code.app_id == app.id);
        let code = code.ok_or(CODE_INVALID)?;
        if let Some(used_for) = code.token_id {
            if let Some(token) = tokens::by_id(&self.server_tables, used_for).await? {
                tracing::warn!(app = %app.id, "a code was used again; its token is revoked");
                self.revoke_token(By::account(code.account_id), &token).await?;
            }
            return Err(CODE_INVALID);
        }
        let verified = match (&code.code_challenge, verifier) {
            (None, None) => true,
            (Some(challenge), Some(verifier)) => *challenge == challenge_of(verifier),
            _ => false,
        };
        let alive = code.expires_at > clock::now();
        if !verified || !alive || redirect_uri != Some(&code.redirect_uri) {
            return Err(CODE_INVALID);
        }
        // No news, unless the app was shut out after the person had let it in again.
        self.commands.authorize_app(By::account(code.account_id), code.account_id, app, &code.scopes).await?;
        let (id, token, created_at) = (self.commands.new_token_id(), tokens::secret(), clock::now());
        let account_id = Some(code.account_id);
        let new = NewToken { id, secret: &token, app_id: app.id, account_id, scopes: &code.scopes, created_at };
        if !codes::exchange(&self.server_tables, secret, &new).await? {
            return Err(CODE_INVALID);
        }
        Ok(Granted { secret: token, scopes: code.scopes, created_at })
    }

    /// A token of the app itself.
    ///
    /// # Errors
    /// When it asks for more than it may.
    pub async fn grant_to_app(&self, app: &RegisteredApp, scope: Option<&str>) -> Result<Granted, GrantError> {
        let scopes = scopes_for(app, scope)?;
        Ok(self.make_token(app, None, scopes).await?)
    }

    /// A token for a login and a password, where the operator allows this.
    ///
    /// # Errors
    /// When it is not allowed, nobody has the login and password, or they may not be used.
    pub async fn grant_for_password(
        &self,
        app: &RegisteredApp,
        login: &str,
        password: &str,
        scope: Option<&str>,
    ) -> Result<Granted, GrantError> {
        if !self.config.oauth.password_grant {
            return Err(UNSUPPORTED_GRANT);
        }
        let scopes = scopes_for(app, scope)?;
        let signed_in = self.sign_in(login, password).await?;
        let SignIn::In(account) = signed_in else {
            return Err(signed_in.problem().map_or(CODE_INVALID, |text| GrantError::Refused("invalid_grant", text)));
        };
        self.commands.authorize_app(By::account(account), account, app, &scopes).await?;
        Ok(self.make_token(app, Some(account), scopes).await?)
    }

    async fn make_token(
        &self,
        app: &RegisteredApp,
        account_id: Option<AccountId>,
        scopes: Vec<String>,
    ) -> Result<Granted, CommandError> {
        let (id, secret, created_at) = (self.commands.new_token_id(), tokens::secret(), clock::now());
        let token = NewToken { id, secret: &secret, app_id: app.id, account_id, scopes: &scopes, created_at };
        tokens::store(&self.server_tables, &token).await?;
        Ok(Granted { secret, scopes, created_at })
    }
}

/// The grant type is none of ours.
pub const UNSUPPORTED_GRANT: GrantError = GrantError::Refused(
    "unsupported_grant_type",
    "The authorization grant type is not supported by the authorization server.",
);

/// What is asked for, when the app may have it. Without a word: `read`, or all that the app may, if that is less.
fn scopes_for(app: &RegisteredApp, scope: Option<&str>) -> Result<Vec<String>, GrantError> {
    let asked = scopes::parse(scope.unwrap_or_default());
    if asked.is_empty() {
        let usual = scopes::cover(&app.scopes, SCOPES_DEFAULT);
        return Ok(if usual { vec![SCOPES_DEFAULT.to_owned()] } else { app.scopes.clone() });
    }
    let may = |scope: &String| scopes::KNOWN.contains(&scope.as_str()) && scopes::cover(&app.scopes, scope);
    if asked.iter().all(may) { Ok(asked) } else { Err(SCOPE_INVALID) }
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use chronodon_events::AppId;

    use super::*;

    fn app(scope: &str) -> RegisteredApp {
        RegisteredApp {
            id: AppId(1),
            name: "App".to_owned(),
            website: None,
            redirect_uris: Vec::new(),
            scopes: scopes::parse(scope),
            client_id: "id".to_owned(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_app_gets_what_it_registered_for_and_no_more() {
        assert_eq!(scopes_for(&app("read write"), Some("read:statuses write")).unwrap(), ["read:statuses", "write"]);
        assert_eq!(scopes_for(&app("write read"), None).unwrap(), ["read"]);
        assert_eq!(scopes_for(&app("write:media"), Some(" ")).unwrap(), ["write:media"]);
        for more in ["write", "read write:statuses", "push", "read:everything"] {
            assert!(scopes_for(&app("read"), Some(more)).is_err(), "{more}");
        }
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge_of(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn only_hashed_challenges_are_taken() {
        let check = |pkce| Ask::check(app("read"), String::new(), Some("code"), None, pkce);
        let challenge = challenge_of("verifier");
        assert!(check((None, None)).is_ok());
        assert!(check((Some(&challenge), Some("S256"))).is_ok());
        for pkce in [
            (Some(&*challenge), None),
            (Some(&*challenge), Some("plain")),
            (None, Some("S256")),
            (Some("x"), Some("S256")),
        ] {
            assert!(check(pkce).is_err(), "{pkce:?}");
        }
        assert!(Ask::check(app("read"), String::new(), Some("token"), None, (None, None)).is_err());
    }
}
