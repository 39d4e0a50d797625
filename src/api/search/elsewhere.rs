//! What a search names by its address or whole handle, of other servers: fetched from there when the person asks for it.

use std::time::Duration;

use chronodon_activitypub::uri::Uri;
use chronodon_activitypub::webfinger::Handle;
use chronodon_domain::limits;
use chronodon_events::StatusId;
use chronodon_projections::core::accounts as account_rows;

use super::{Asked, Found, Tag, accounts, statuses};
use crate::api::error::{ApiError, ApiResult};
use crate::app::App;
use crate::federation::resolve::{self, Budget, ResolveError};

/// How long somebody who searches waits for other servers.
const WAIT: Duration = Duration::from_secs(limits::RESOLVE_SECONDS_MAX);

/// What stands at an address of another server; nothing when the query is none. The anonymous, and those who do not ask
/// for more, find what is known.
pub(super) async fn by_uri(app: &App, asked: &Asked) -> ApiResult<Option<Found<Tag>>> {
    let Ok(uri) = Uri::parse(&asked.query, app.egress.rules()) else { return Ok(None) };
    let budget = if asked.resolve { Budget::default() } else { Budget::nothing() };
    let mut found = Found::default();
    match within(resolve::any(app, &uri, &budget)).await? {
        Some(resolve::Found::Account(row)) if asked.wants("accounts") => {
            found.accounts = accounts::in_order(app, &[row.id]).await?;
        }
        Some(resolve::Found::Status(row)) if asked.wants("statuses") => {
            let seen = app.commands.may_see_status(asked.viewer, StatusId(row.id)).await.is_ok();
            let shown: Vec<_> = seen.then_some(row.id).into_iter().collect();
            found.statuses = statuses::in_order(app, asked.viewer, &shown).await?;
        }
        None if !asked.resolve => return Ok(None),
        _ => {}
    }
    Ok(Some(found))
}

/// The account of another server that the query names.
pub(super) async fn by_handle(app: &App, asked: &Asked) -> ApiResult<Option<i64>> {
    if !asked.resolve || !asked.wants("accounts") || asked.offset > 0 {
        return Ok(None);
    }
    account(app, &asked.query).await
}

/// The account of another server with this handle, asked for there when it is not known.
pub(in crate::api) async fn account(app: &App, query: &str) -> ApiResult<Option<i64>> {
    let Some(handle) = Handle::parse(query, app.egress.rules()) else { return Ok(None) };
    let known = account_rows::by_handle(&app.reader, &handle.username, Some(&handle.domain)).await?;
    if let Some(known) = known {
        return Ok(Some(known.id));
    }
    let found = within(resolve::handle(app, query)).await?;
    Ok(found.map(|row| row.id))
}

/// What stands at an address or has a handle, asked for where it lives when it is not known here.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn named(app: &App, text: &str) -> ApiResult<Option<resolve::Found>> {
    match Uri::parse(text, app.egress.rules()) {
        Ok(uri) => within(resolve::any(app, &uri, &Budget::default())).await,
        Err(_) => Ok(within(resolve::handle(app, text)).await?.map(resolve::Found::Account)),
    }
}

/// What leads nowhere is not found, whatever the reason; a fault here is one.
async fn within<T>(found: impl Future<Output = Result<T, ResolveError>>) -> ApiResult<Option<T>> {
    match tokio::time::timeout(WAIT, found).await {
        Ok(Ok(found)) => Ok(Some(found)),
        Ok(Err(error)) if error.is_fault() => Err(ApiError::internal(error)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a search leads nowhere");
            Ok(None)
        }
        Err(_) => Ok(None),
    }
}
