//! Who is asking: the session of a request's token, found by one query that also tells how far the read models are.
//!
//! [`Authenticated`] and [`Viewer`] are preconditions as types: a handler that takes one cannot forget to check.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use chronodon_events::values::Role;
use chronodon_events::{AccountId, AppId, Position, TokenId};
use chronodon_projections::Reader;

use super::error::ApiError;
use super::rate_limit::Caller;
use crate::app::App;
use crate::auth::{scopes, tokens};

/// How long a read from memory waits for what another process has acknowledged.
const CATCH_UP: Duration = Duration::from_millis(300);

/// What a token stands for.
#[derive(Clone, Debug)]
pub struct Session {
    /// The token.
    pub token_id: TokenId,
    /// The app it was made for.
    pub app_id: AppId,
    /// That app's name.
    pub app_name: String,
    /// That app's website.
    pub app_website: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whose it is; none: the app's own.
    pub user: Option<User>,
}

/// The person behind a token.
#[derive(Clone, Debug)]
pub struct User {
    /// Their account.
    pub account_id: AccountId,
    /// What it may do here.
    pub role: Role,
    /// Let in.
    pub approved: bool,
    /// With a confirmed address.
    pub confirmed: bool,
    /// Shut out.
    pub suspended: bool,
}

/// A request by a person who may use the server. Check the scope with [`Self::require`].
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Whose request it is.
    pub account_id: AccountId,
    /// What the account may do here.
    pub role: Role,
    /// The token's session.
    pub session: Session,
}

/// A request by a person, an app, or nobody.
#[derive(Clone, Debug)]
pub struct Viewer(pub Option<Session>);

impl Authenticated {
    /// The same, when the token may do this.
    ///
    /// # Errors
    /// [`ApiError::OutsideScopes`] when it may not.
    pub fn require(&self, scope: &str) -> Result<(), ApiError> {
        self.session.require(scope)
    }
}

impl Session {
    /// Nothing, when the token may do this.
    ///
    /// # Errors
    /// [`ApiError::OutsideScopes`] when it may not.
    pub fn require(&self, scope: &str) -> Result<(), ApiError> {
        if scopes::cover(&self.scopes, scope) { Ok(()) } else { Err(ApiError::OutsideScopes) }
    }
}

impl Viewer {
    /// The account that looks, when a person does.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        let user = self.0.as_ref()?.user.as_ref()?;
        (!user.suspended && user.approved && user.confirmed).then_some(user.account_id)
    }

    /// Nothing, when nobody looks or the token may do this.
    ///
    /// # Errors
    /// [`ApiError::OutsideScopes`] when it may not.
    pub fn require(&self, scope: &str) -> Result<(), ApiError> {
        self.0.as_ref().map_or(Ok(()), |session| session.require(scope))
    }
}

impl FromRequestParts<Arc<App>> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let session = session(parts, app).await?.ok_or(ApiError::InvalidToken)?;
        let user = session.user.clone().ok_or(ApiError::UserRequired)?;
        match user {
            User { suspended: true, .. } => Err(ApiError::Forbidden("Your login is currently disabled".into())),
            User { confirmed: false, .. } => {
                Err(ApiError::Forbidden("Your login is missing a confirmed e-mail address".into()))
            }
            User { approved: false, .. } => Err(ApiError::Forbidden("Your login is currently pending approval".into())),
            User { account_id, role, .. } => Ok(Self { account_id, role, session }),
        }
    }
}

impl OptionalFromRequestParts<Arc<App>> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Option<Self>, ApiError> {
        match <Self as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await {
            Ok(authenticated) => Ok(Some(authenticated)),
            Err(ApiError::InvalidToken) if bearer(parts).is_none() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl FromRequestParts<Arc<App>> for Viewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        session(parts, app).await.map(Self)
    }
}

/// The token of a request: `Authorization: Bearer …`, or `access_token` in the query.
fn bearer(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header = header.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    let query = || {
        let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        query.into_owned().find(|(name, _)| name == "access_token").map(|(_, token)| token)
    };
    header.map(|(_, token)| token.trim().to_owned()).or_else(query)
}

/// The session of a request's token; none without a token.
async fn session(parts: &mut Parts, app: &App) -> Result<Option<Session>, ApiError> {
    if let Some(known) = parts.extensions.get::<Session>() {
        return Ok(Some(known.clone()));
    }
    let Some(token) = bearer(parts) else {
        app.catch_up().await?;
        return Ok(None);
    };
    let session = app.session(&token).await?.ok_or(ApiError::InvalidToken)?;
    if let Some(caller) = parts.extensions.get::<Caller>() {
        caller.recognize(session.user.as_ref().map(|user| user.account_id));
    }
    parts.extensions.insert(session.clone());
    Ok(Some(session))
}

impl App {
    /// The session that a token stands for. Also brings this process up to what any process has acknowledged.
    ///
    /// # Errors
    /// When the database cannot be read, or this process lags behind it.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, ApiError> {
        let known = self.waiter.position();
        let Some((session, shared)) = find(&self.reader, token).await? else { return Ok(None) };
        self.reach(known, shared).await?;
        Ok(Some(session))
    }

    /// Brings this process up to what any process has acknowledged, for those who ask without a token.
    ///
    /// # Errors
    /// When the database cannot be read, or this process lags behind it.
    pub async fn catch_up(&self) -> Result<(), ApiError> {
        let known = self.waiter.position();
        let sql = "SELECT position FROM projections.checkpoints WHERE slot = current_schema()";
        let row = self.reader.lookup(sql, &[]).await?.pop();
        let shared = row.map_or(Position::START, |row| Position(row.get::<_, i64>(0).cast_unsigned()));
        self.reach(known, shared).await
    }

    /// The tables are at `shared`; this process knew them to be at `known`.
    async fn reach(&self, known: Position, shared: Position) -> Result<(), ApiError> {
        if shared < known {
            self.waiter.doubt();
            return Err(ApiError::unavailable("The server is catching up; try again"));
        }
        if self.waiter.position() < shared {
            self.waiter.wait_for(shared, CATCH_UP).await?;
        }
        Ok(())
    }
}

impl App {
    /// Those of the tokens that are still good, and whose people may use the server.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tokens_alive(&self, tokens: &BTreeSet<TokenId>) -> Result<BTreeSet<TokenId>, ApiError> {
        let tokens: Vec<_> = tokens.iter().map(|token| token.get()).collect();
        let sql = "
            SELECT t.id FROM server.access_tokens t JOIN accounts a ON a.id = t.account_id
            WHERE t.id = ANY($1) AND a.approved AND a.confirmed AND NOT a.suspended";
        Ok(self.reader.query(sql, &[&tokens]).await?.iter().map(|row| TokenId(row.get(0))).collect())
    }
}

async fn find(reader: &Reader, token: &str) -> Result<Option<(Session, Position)>, ApiError> {
    let sql = "
        SELECT t.id, t.app_id, t.scopes, t.account_id, app.name, app.website,
            a.role, a.approved, a.confirmed, a.suspended,
            (SELECT position FROM projections.checkpoints WHERE slot = current_schema()) AS position
        FROM server.access_tokens t
        JOIN server.apps app ON app.id = t.app_id
        LEFT JOIN accounts a ON a.id = t.account_id
        WHERE t.token_hash = $1 AND (t.account_id IS NULL OR a.id IS NOT NULL)";
    let row = reader.lookup(sql, &[&tokens::hash(token)]).await?.pop();
    Ok(row.map(|row| {
        let user = row.get::<_, Option<i64>>("account_id").map(|id| User {
            account_id: AccountId(id),
            role: Role::parse(row.get("role")).unwrap_or_default(),
            approved: row.get("approved"),
            confirmed: row.get("confirmed"),
            suspended: row.get("suspended"),
        });
        let session = Session {
            token_id: TokenId(row.get("id")),
            app_id: AppId(row.get("app_id")),
            app_name: row.get("name"),
            app_website: row.get("website"),
            scopes: row.get("scopes"),
            user,
        };
        (session, Position(row.get::<_, i64>("position").cast_unsigned()))
    }))
}
