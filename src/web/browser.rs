//! A browser as we know it again: one cookie with a secret, stored as a hash once somebody is signed in, and the
//! tokens in forms that are bound to it.
//!
//! A form's token is an HMAC of the secret under a key of ours, so another site can neither read nor make one. It is
//! masked anew in every page, so that compression tells nothing of it. Signing in makes a new secret.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chronodon_events::AccountId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::app::App;
use crate::auth::sessions::{self, SignedIn};
use crate::auth::tokens;
use crate::clock;
use crate::commands::CommandError;

/// The prefix makes browsers refuse the cookie from a subdomain or over plain HTTP.
const COOKIE_HTTPS: &str = "__Host-chronodon";
const COOKIE_HTTP: &str = "chronodon";
/// Characters of a secret.
const SECRET_LENGTH: usize = 43;
const TOKEN_LENGTH: usize = 32;

/// The browser that asks.
#[derive(Clone)]
pub struct Browser {
    secret: String,
    /// The browser does not know its secret yet.
    fresh: bool,
    /// Signed in by this very answer.
    kept: bool,
}

impl FromRequestParts<Arc<App>> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let given = pairs.find(|(name, secret)| *name == cookie_name(app) && is_secret(secret));
        Ok(match given {
            Some((_, secret)) => Self { secret: secret.to_owned(), fresh: false, kept: false },
            None => Self { secret: tokens::secret(), fresh: true, kept: false },
        })
    }
}

impl Browser {
    /// Who is signed in with it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn signed_in(&self, app: &App) -> Result<Option<SignedIn>, CommandError> {
        if self.fresh { Ok(None) } else { sessions::find(&app.reader, &self.secret, clock::now()).await }
    }

    /// Signs an account in, under a new secret; whoever was signed in before is not any more.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn sign_in(self, app: &App, account: AccountId) -> Result<Self, CommandError> {
        let signed_in = Self { secret: tokens::secret(), fresh: true, kept: true };
        sessions::end(&app.server_tables, &self.secret).await?;
        sessions::store(&app.server_tables, &signed_in.secret, account, clock::now()).await?;
        Ok(signed_in)
    }

    /// Ends its session, under a new secret.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn sign_out(self, app: &App) -> Result<Self, CommandError> {
        sessions::end(&app.server_tables, &self.secret).await?;
        Ok(Self { secret: tokens::secret(), fresh: true, kept: false })
    }

    /// A token for a form, another each time.
    #[must_use]
    pub fn form_token(&self, app: &App) -> String {
        let mask = rand::random::<[u8; TOKEN_LENGTH]>();
        let token: [u8; TOKEN_LENGTH] = self.mac(app).finalize().into_bytes().into();
        URL_SAFE_NO_PAD.encode([mask, masked(token, mask)].concat())
    }

    /// Whether a form's token was made for this browser.
    #[must_use]
    pub fn owns(&self, app: &App, form_token: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(form_token) else { return false };
        let Ok([mask, token]) = <[[u8; TOKEN_LENGTH]; 2]>::try_from(bytes.as_chunks().0) else { return false };
        !self.fresh && bytes.len() == 2 * TOKEN_LENGTH && self.mac(app).verify_slice(&masked(token, mask)).is_ok()
    }

    /// The answer, with the cookie where the browser does not have it yet.
    #[must_use]
    pub fn remembered(&self, app: &App, mut response: Response) -> Response {
        if self.fresh {
            let age = if self.kept { format!("; Max-Age={}", sessions::LIFETIME.as_secs()) } else { String::new() };
            let secure = if is_https(app) { "; Secure" } else { "" };
            let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", cookie_name(app), self.secret);
            let cookie = HeaderValue::try_from(cookie).expect("a secret is URL-safe");
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn mac(&self, app: &App) -> Hmac<Sha256> {
        let key = app.master.derive("form tokens");
        let mut hmac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        hmac.update(self.secret.as_bytes());
        hmac
    }
}

fn masked(mut token: [u8; TOKEN_LENGTH], mask: [u8; TOKEN_LENGTH]) -> [u8; TOKEN_LENGTH] {
    token.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    token
}

fn is_https(app: &App) -> bool {
    app.base_url.starts_with("https:")
}

fn cookie_name(app: &App) -> &'static str {
    if is_https(app) { COOKIE_HTTPS } else { COOKIE_HTTP }
}

fn is_secret(text: &str) -> bool {
    text.len() == SECRET_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
