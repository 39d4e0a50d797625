//! `/api/v2/search`, and its forerunner `/api/v1/search`, whose hashtags are names only.

pub(crate) mod elsewhere;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_domain::limits;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::accounts as account_rows;
use chronodon_projections::search::{AccountsAsked, SearchError, StatusesAsked};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::auth::Viewer;
use super::entities::accounts::{self, Account};
use super::entities::statuses::{self, Status};
use super::entities::tags::{self, Tag};
use super::error::{ApiError, ApiResult};
use super::page::PageQuery;
use super::params::{Params, lenient};
use crate::app::App;
use crate::clock;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v2/search", get(search)).route("/api/v1/search", get(search_with_names))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchParams {
    #[serde(deserialize_with = "lenient::filled")]
    q: Option<String>,
    #[serde(rename = "type", deserialize_with = "lenient::filled")]
    kind: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    resolve: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    following: Option<bool>,
    #[serde(deserialize_with = "lenient::id")]
    account_id: Option<AccountId>,
    #[serde(flatten)]
    page: PageQuery,
}

/// The entity Search.
#[derive(Debug, Serialize)]
struct Found<T> {
    accounts: Vec<Account>,
    statuses: Vec<Status>,
    hashtags: Vec<T>,
    collections: Vec<Value>,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { accounts: Vec::new(), statuses: Vec::new(), hashtags: Vec::new(), collections: Vec::new() }
    }
}

/// One search, read.
struct Asked {
    query: String,
    kind: Option<String>,
    resolve: bool,
    following: bool,
    author: Option<AccountId>,
    page: PageQuery,
    viewer: Option<AccountId>,
    limit: usize,
    offset: usize,
}

async fn search(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    params: Params<SearchParams>,
) -> ApiResult<Json<Found<Tag>>> {
    find(&app, &viewer, params.value).await.map(Json)
}

async fn search_with_names(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    params: Params<SearchParams>,
) -> ApiResult<Json<Found<String>>> {
    let found = find(&app, &viewer, params.value).await?;
    Ok(Json(Found {
        accounts: found.accounts,
        statuses: found.statuses,
        hashtags: found.hashtags.into_iter().map(|tag| tag.name).collect(),
        collections: found.collections,
    }))
}

async fn find(app: &App, viewer: &Viewer, params: SearchParams) -> ApiResult<Found<Tag>> {
    viewer.require("read:search")?;
    let asked = Asked::read(viewer, params)?;
    if let Some(found) = asked.by_address(app).await? {
        return Ok(found);
    }
    if let Some(found) = elsewhere::by_uri(app, &asked).await? {
        return Ok(found);
    }
    let met = elsewhere::by_handle(app, &asked).await?;
    let (accounts, statuses, hashtags) =
        tokio::try_join!(asked.accounts(app, met), asked.statuses(app), asked.hashtags(app))?;
    Ok(Found { accounts, statuses, hashtags, collections: Vec::new() })
}

impl Asked {
    fn read(viewer: &Viewer, params: SearchParams) -> ApiResult<Self> {
        let viewer = viewer.account_id();
        let query = params.q.as_deref().map(str::trim).filter(|query| !query.is_empty());
        let query = query.ok_or_else(|| ApiError::missing("q"))?;
        // The anonymous must not make a server fetch or count.
        if viewer.is_none() && (params.resolve == Some(true) || params.page.offset() > 0) {
            return Err(ApiError::LoginRequired);
        }
        let offset = params.page.offset().min(limits::SEARCH_OFFSET_MAX);
        Ok(Self {
            query: query.chars().take(limits::SEARCH_QUERY_CHARS_MAX).collect(),
            resolve: params.resolve == Some(true),
            following: params.following.unwrap_or(false),
            author: params.account_id,
            limit: params.page.limit(limits::SEARCH_PAGE_DEFAULT, limits::SEARCH_PAGE_MAX),
            // Several lists cannot be continued together.
            offset: if params.kind.is_some() { offset } else { 0 },
            kind: params.kind,
            page: params.page,
            viewer,
        })
    }

    fn wants(&self, kind: &str) -> bool {
        self.limit > 0 && self.kind.as_deref().is_none_or(|asked| asked == kind)
    }

    /// What stands at an address of ours; nothing when the query is none (client trap 27).
    async fn by_address(&self, app: &App) -> ApiResult<Option<Found<Tag>>> {
        let Some(address) = address(app, &self.query) else { return Ok(None) };
        let mut found = Found::default();
        match address {
            Address::Account(username) if self.wants("accounts") => {
                let names = [username.to_lowercase()];
                let rows = account_rows::by_local_usernames(&app.reader, &names).await?;
                let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
                found.accounts = accounts::in_order(app, &ids).await?;
            }
            Address::Status(id) if self.wants("statuses") => {
                let seen = app.commands.may_see_status(self.viewer, id).await.is_ok();
                let shown: Vec<_> = seen.then_some(id.get()).into_iter().collect();
                found.statuses = statuses::in_order(app, self.viewer, &shown).await?;
            }
            Address::Tag(name) if self.wants("hashtags") => {
                let key = chronodon_domain::text::hashtag_key(&name);
                found.hashtags = tags::in_order(app, self.viewer.is_some(), &[key]).await?;
            }
            _ => {}
        }
        Ok(Some(found))
    }

    /// `met`: the one that the query names by its whole handle.
    async fn accounts(&self, app: &App, met: Option<i64>) -> ApiResult<Vec<Account>> {
        let is_tag = self.query.starts_with('#');
        let is_sentence = self.query.contains('@') && self.query.contains(' ');
        if !self.wants("accounts") || is_tag || is_sentence {
            return Ok(Vec::new());
        }
        let asked = AccountsAsked {
            query: self.query.clone(),
            viewer: self.viewer,
            following: self.following,
            own_domain: app.domain.clone(),
            limit: self.limit,
            offset: self.offset,
        };
        let mut ids = app.search.accounts(&app.reader, &asked).await?;
        if let Some(met) = met {
            ids.retain(|id| *id != met);
            ids.insert(0, met);
            ids.truncate(self.limit);
        }
        accounts::in_order(app, &ids).await
    }

    /// Statuses are for those who are logged in, as on Mastodon.
    async fn statuses(&self, app: &App) -> ApiResult<Vec<Status>> {
        let Some(viewer) = self.viewer.filter(|_| self.wants("statuses")) else { return Ok(Vec::new()) };
        let window = self.page.window(limits::SEARCH_PAGE_DEFAULT);
        let asked = StatusesAsked {
            query: self.query.clone(),
            viewer,
            author: self.author,
            below: window.below,
            above: window.above,
            limit: self.limit,
            offset: self.offset,
            now: clock::now(),
            own_domain: app.domain.clone(),
        };
        let ids = app.search.statuses(&app.reader, &asked).await?;
        statuses::in_order(app, self.viewer, &ids).await
    }

    async fn hashtags(&self, app: &App) -> ApiResult<Vec<Tag>> {
        if !self.wants("hashtags") || self.query.contains('@') {
            return Ok(Vec::new());
        }
        let part = (self.limit, self.offset);
        let keys = app.search.tags(&app.reader, &self.query, self.viewer, part).await?;
        tags::in_order(app, self.viewer.is_some(), &keys).await
    }
}

/// What an address of ours names.
#[derive(Debug, PartialEq)]
enum Address {
    Account(String),
    Status(StatusId),
    Tag(String),
}

fn address(app: &App, query: &str) -> Option<Address> {
    let (asked, own) = (Url::parse(query).ok()?, Url::parse(&app.base_url).ok()?);
    let scheme = matches!(asked.scheme(), "http" | "https");
    if !scheme || asked.host() != own.host() || asked.port() != own.port() {
        return None;
    }
    let path: Vec<String> = asked.path_segments()?.filter(|part| !part.is_empty()).map(decoded).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let status = |id: &str| id.parse().ok().map(Address::Status);
    match *path {
        ["users", name] => Some(Address::Account(name.to_owned())),
        ["users", _, "statuses", id] => status(id),
        ["tags", name] => Some(Address::Tag(name.to_owned())),
        [name] => name.strip_prefix('@').map(|name| Address::Account(name.to_owned())),
        [name, id] if name.starts_with('@') => status(id),
        _ => None,
    }
}

fn decoded(part: &str) -> String {
    // A path's `+` is a plus sign, where a form's would be a space.
    let pair = format!("={}", part.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map_or_else(String::new, |(_, value)| value.into_owned())
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Tables(error) => error.into(),
            other => Self::internal(other),
        }
    }
}
