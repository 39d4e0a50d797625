//! Apps that can ask for tokens: the table `server.apps`. What an account has allowed one is an event, the app is not.

use chronodon_domain::{Refusal, limits};
use chronodon_events::AppId;
use deadpool_postgres::Pool;
use jiff::Timestamp;
use tokio_postgres::Row;
use url::Url;

use super::{scopes, tokens};
use crate::app::App;
use crate::clock;
use crate::commands::CommandError;

/// In place of a redirect URI: the person carries the code over by hand.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// What an app may do that did not say.
pub const SCOPES_DEFAULT: &str = "read";
/// Schemes that would run something in the browser of whoever signs in.
const SCHEMES_FORBIDDEN: [&str; 6] = ["about", "blob", "data", "file", "javascript", "vbscript"];

/// An app that may ask for tokens.
#[derive(Clone, Debug)]
pub struct RegisteredApp {
    /// Its id.
    pub id: AppId,
    /// What it calls itself.
    pub name: String,
    /// Its website.
    pub website: Option<String>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// What its tokens may do at most.
    pub scopes: Vec<String>,
    /// Its public name.
    pub client_id: String,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// What an app says about itself when it registers.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// What it calls itself.
    pub name: String,
    /// Its website.
    pub website: Option<String>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// What its tokens may do at most.
    pub scopes: Vec<String>,
}

impl Registration {
    /// Nothing, when the app may be registered so.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.name.trim().is_empty() {
            return Err(Refusal::invalid("name", "ERR_BLANK", "can't be blank"));
        }
        if self.name.chars().count() > limits::APP_NAME_CHARS_MAX {
            let message = format!("is too long (maximum is {} characters)", limits::APP_NAME_CHARS_MAX);
            return Err(Refusal::invalid("name", "ERR_TOO_LONG", message));
        }
        if self.website.as_deref().is_some_and(|website| !is_website(website)) {
            return Err(Refusal::invalid("website", "ERR_INVALID", "must be a valid URL"));
        }
        self.check_redirect_uris()?;
        if self.scopes.is_empty() || !self.scopes.iter().all(|scope| scopes::KNOWN.contains(&scope.as_str())) {
            return Err(Refusal::invalid("scopes", "ERR_INVALID", "doesn't match configured on the server."));
        }
        Ok(())
    }

    fn check_redirect_uris(&self) -> Result<(), Refusal> {
        let refused = |message: &str| Err(Refusal::invalid("redirect_uri", "ERR_INVALID", message));
        if self.redirect_uris.is_empty() {
            return Err(Refusal::invalid("redirect_uri", "ERR_BLANK", "can't be blank"));
        }
        if self.redirect_uris.len() > limits::APP_REDIRECT_URIS_MAX {
            return refused("has too many values");
        }
        self.redirect_uris.iter().find(|uri| !is_redirect_uri(uri)).map_or(Ok(()), |_| refused("must be a valid URI."))
    }
}

/// An absolute URI of printable ASCII without a fragment, which a code can be appended to.
fn is_redirect_uri(uri: &str) -> bool {
    if uri == OUT_OF_BAND {
        return true;
    }
    let plain = uri.len() <= limits::APP_REDIRECT_URI_BYTES_MAX && uri.bytes().all(|byte| byte.is_ascii_graphic());
    let Ok(url) = Url::parse(uri) else { return false };
    let hosted = !matches!(url.scheme(), "http" | "https") || (url.has_host() && url.username().is_empty());
    plain && hosted && !SCHEMES_FORBIDDEN.contains(&url.scheme()) && !uri.contains('#')
}

fn is_website(website: &str) -> bool {
    website.len() <= limits::APP_WEBSITE_BYTES_MAX
        && Url::parse(website).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

impl App {
    /// Registers an app, under a random public name unless one is asked for. None when that is taken.
    ///
    /// # Errors
    /// When the registration is out of bounds.
    pub async fn register(
        &self,
        registration: Registration,
        client_id: Option<String>,
        secret: &str,
    ) -> Result<Option<RegisteredApp>, CommandError> {
        registration.check()?;
        let Registration { name, website, redirect_uris, scopes } = registration;
        let client_id = client_id.unwrap_or_else(tokens::secret);
        let (id, created_at) = (self.commands.new_app_id(), clock::now());
        let app = RegisteredApp { id, name, website, redirect_uris, scopes, client_id, created_at };
        Ok(store(&self.server_tables, &app, secret).await?.then_some(app))
    }
}

/// Stores an app under a public name and a secret. False when the public name is taken.
async fn store(pool: &Pool, app: &RegisteredApp, secret: &str) -> Result<bool, CommandError> {
    let sql = "INSERT INTO server.apps
                   (id, name, website, redirect_uris, scopes, client_id, client_secret_hash, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let hash = tokens::hash(secret);
    let client = pool.get().await?;
    let stored = client
        .execute(
            sql,
            &[
                &app.id.get(),
                &app.name,
                &app.website,
                &app.redirect_uris,
                &app.scopes,
                &app.client_id,
                &hash,
                &app.created_at,
            ],
        )
        .await?;
    Ok(stored == 1)
}

/// The app with this public name.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(pool: &Pool, client_id: &str) -> Result<Option<RegisteredApp>, CommandError> {
    let sql = "SELECT id, name, website, redirect_uris, scopes, client_id, created_at
               FROM server.apps WHERE client_id = $1";
    Ok(pool.get().await?.query_opt(sql, &[&client_id]).await?.map(|row| read(&row)))
}

/// The app with this public name and this secret.
///
/// # Errors
/// When the database cannot be read.
pub async fn authenticate(pool: &Pool, client_id: &str, secret: &str) -> Result<Option<RegisteredApp>, CommandError> {
    let sql = "SELECT id, name, website, redirect_uris, scopes, client_id, created_at
               FROM server.apps WHERE client_id = $1 AND client_secret_hash = $2";
    let row = pool.get().await?.query_opt(sql, &[&client_id, &tokens::hash(secret)]).await?;
    Ok(row.map(|row| read(&row)))
}

/// The app with this id.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_id(pool: &Pool, id: AppId) -> Result<Option<RegisteredApp>, CommandError> {
    let sql = "SELECT id, name, website, redirect_uris, scopes, client_id, created_at FROM server.apps WHERE id = $1";
    Ok(pool.get().await?.query_opt(sql, &[&id.get()]).await?.map(|row| read(&row)))
}

/// The oldest app with this name.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_name(pool: &Pool, name: &str) -> Result<Option<RegisteredApp>, CommandError> {
    let sql = "SELECT id, name, website, redirect_uris, scopes, client_id, created_at
               FROM server.apps WHERE name = $1 ORDER BY id LIMIT 1";
    Ok(pool.get().await?.query_opt(sql, &[&name]).await?.map(|row| read(&row)))
}

fn read(row: &Row) -> RegisteredApp {
    RegisteredApp {
        id: AppId(row.get("id")),
        name: row.get("name"),
        website: row.get("website"),
        redirect_uris: row.get("redirect_uris"),
        scopes: row.get("scopes"),
        client_id: row.get("client_id"),
        created_at: row.get("created_at"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sent_only_where_they_can_be_carried() {
        for uri in [
            OUT_OF_BAND,
            "https://app.example/callback?x=1",
            "http://127.0.0.1:8080/",
            "mastodon://callback",
            "com.example.app:/oauth",
        ] {
            assert!(is_redirect_uri(uri), "{uri}");
        }
        for uri in [
            "",
            "/callback",
            "callback",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "https://app.example/#here",
            "https://app.example/\r\nSet-Cookie: a=b",
            "https://app.example/ä",
            "https://user@app.example/",
        ] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }

    #[test]
    fn a_registration_is_checked() {
        let good = Registration {
            name: "App".to_owned(),
            website: Some("https://app.example".to_owned()),
            redirect_uris: vec![OUT_OF_BAND.to_owned()],
            scopes: vec!["read".to_owned()],
        };
        assert_eq!(good.check(), Ok(()));
        assert!(Registration { name: " ".to_owned(), ..good.clone() }.check().is_err());
        assert!(Registration { name: "x".repeat(61), ..good.clone() }.check().is_err());
        assert!(Registration { website: Some("javascript:x".to_owned()), ..good.clone() }.check().is_err());
        assert!(Registration { redirect_uris: Vec::new(), ..good.clone() }.check().is_err());
        assert!(Registration { scopes: vec!["everything".to_owned()], ..good }.check().is_err());
    }
}
