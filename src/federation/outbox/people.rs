//! What an actor shows of itself: its document, what it posted, what it has pinned.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use chronodon_activitypub::context::with_context;
use chronodon_domain::limits::{OUTBOX_PAGE, PINNED_STATUSES_MAX};
use chronodon_events::AccountId;
use chronodon_projections::core::account_statuses::{self, Filter, Part};
use chronodon_projections::core::accounts::{Account, by_handle};
use serde::Deserialize;
use serde_json::json;

use super::answer::{Asking, Document, NoDocument};
use super::collections::{self, PageOf};
use super::{actor, addresses, notes, posted};
use crate::api::error::ApiError;
use crate::app::App;
use crate::clock;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/users/{name}/outbox", get(outbox))
        .route("/users/{name}/collections/featured", get(featured))
        .route("/users/{name}/collections/tags", get(tags))
}

/// The actor with this name, for who prefers it to the page at the same address.
pub async fn answer(app: &App, name: &str, asking: &Asking) -> Response {
    asking.answer(app, document(app, name, asking).await)
}

async fn document(app: &App, name: &str, asking: &Asking) -> Result<Document, NoDocument> {
    let account = shown(app, name, asking).await?;
    Ok(Document::for_all(with_context(actor(app, &account).await?)))
}

/// A local account that who asks may know of.
pub(super) async fn shown(app: &App, name: &str, asking: &Asking) -> Result<Account, NoDocument> {
    asking.admitted(app).await?;
    let account = by_handle(&app.reader, name, None).await?.filter(|account| account.approved && account.confirmed);
    match account {
        Some(account) if account.suspended => Err(ApiError::NotAllowed.into()),
        Some(account) => Ok(account),
        None if app.commands.was_deleted(name).await? => Err(ApiError::Gone.into()),
        None => Err(ApiError::NotFound.into()),
    }
}

/// Which page of an outbox; what is no number is not there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    page: Option<String>,
    max_id: Option<String>,
    min_id: Option<String>,
}

async fn outbox(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    asking: Asking,
) -> Response {
    asking.answer(&app, posts(&app, &name, &asked, &asking).await)
}

async fn posts(app: &App, name: &str, asked: &Asked, asking: &Asking) -> Result<Document, NoDocument> {
    let account = shown(app, name, asking).await?;
    let outbox = format!("{}/outbox", addresses::actor(app, &account.username));
    if asked.page.is_none() {
        return Ok(Document::for_all(with_context(json!({
            "id": outbox,
            "type": "OrderedCollection",
            "totalItems": account.statuses_count,
            "first": format!("{outbox}?page=true"),
            "last": format!("{outbox}?min_id=0&page=true"),
        }))));
    }
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i64>().ok());
    let (below, above) = (number(&asked.max_id), number(&asked.min_id));
    let part = Part { below, above, oldest: above.is_some(), limit: OUTBOX_PAGE };
    let filter = filter(&account, asking.viewer(), false);
    let mut ids = account_statuses::ids(&app.reader, &filter, part, clock::now()).await?;
    if part.oldest {
        ids.reverse();
    }
    let range = [("max_id", below), ("min_id", above)];
    let range = range.iter().filter_map(|(name, id)| id.map(|id| format!("&{name}={id}"))).collect::<String>();
    let more = ids.len() == OUTBOX_PAGE || part.oldest;
    let page = PageOf {
        id: format!("{outbox}?page=true{range}"),
        next: ids.last().filter(|_| more).map(|id| format!("{outbox}?max_id={id}&page=true")),
        prev: ids.first().map(|id| format!("{outbox}?min_id={id}&page=true")),
        part_of: outbox,
        total: None,
        items: posted(app, &ids).await?,
    };
    Ok(for_reader(asking, page.ordered()))
}

/// What depends on who asks is not for others.
fn for_reader(asking: &Asking, body: serde_json::Value) -> Document {
    if asking.viewer().is_some() { Document::for_viewer(body) } else { Document::for_all(body) }
}

fn filter(account: &Account, viewer: Option<AccountId>, pinned: bool) -> Filter<'static> {
    Filter {
        account: AccountId(account.id),
        viewer,
        only_media: false,
        exclude_replies: false,
        exclude_reblogs: false,
        pinned,
        tagged: None,
    }
}

async fn featured(State(app): State<Arc<App>>, Path(name): Path<String>, asking: Asking) -> Response {
    asking.answer(&app, pinned(&app, &name, &asking).await)
}

async fn pinned(app: &App, name: &str, asking: &Asking) -> Result<Document, NoDocument> {
    let account = shown(app, name, asking).await?;
    let part = Part { below: None, above: None, oldest: false, limit: PINNED_STATUSES_MAX };
    let filter = filter(&account, asking.viewer(), true);
    let ids = account_statuses::ids(&app.reader, &filter, part, clock::now()).await?;
    let id = format!("{}/collections/featured", addresses::actor(app, &account.username));
    Ok(for_reader(asking, collections::whole(&id, notes(app, &ids).await?)))
}

async fn tags(State(app): State<Arc<App>>, Path(name): Path<String>, asking: Asking) -> Response {
    let found = shown(&app, &name, &asking).await;
    let document = found.map(|account| {
        let id = format!("{}/collections/tags", addresses::actor(&app, &account.username));
        // Nobody can feature a hashtag yet.
        Document::for_all(with_context(json!({ "id": id, "type": "Collection", "totalItems": 0, "items": [] })))
    });
    asking.answer(&app, document)
}
