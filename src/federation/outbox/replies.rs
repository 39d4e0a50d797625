//! What answers a status, and whole conversations: the addresses of statuses that everybody may see.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use chronodon_activitypub::context::with_context;
use chronodon_domain::limits::{CONTEXT_LOOKED_AT_MAX, CONTEXT_STATUSES_MAX, REPLIES_DOCUMENT_PAGE};
use chronodon_events::StatusId;
use chronodon_projections::core::{accounts, statuses as rows, threads};
use serde::Deserialize;
use serde_json::{Value, json};

use super::addresses;
use super::answer::{Asking, Document, NoDocument};
use super::collections::PageOf;
use super::statuses::{Named, of, visible};
use crate::api::entities::statuses as entities;
use crate::api::error::ApiError;
use crate::app::App;
use crate::clock;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/users/{name}/statuses/{id}/replies", get(replies))
        .route("/contexts/{name}", get(conversation))
        .route("/contexts/{name}/items", get(conversation_items))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    page: Option<String>,
    min_id: Option<String>,
}

async fn replies(
    State(app): State<Arc<App>>,
    Path((name, id)): Named,
    Query(asked): Query<Asked>,
    asking: Asking,
) -> Response {
    asking.answer(&app, answers(&app, &name, &id, &asked, &asking).await)
}

async fn answers(app: &App, name: &str, id: &str, asked: &Asked, asking: &Asking) -> Result<Document, NoDocument> {
    let (author, row) = visible(app, name, id, asking).await?;
    if row.reblog_of_id.is_some() {
        return Err(ApiError::NotFound.into());
    }
    let list = format!("{}/replies", addresses::status(app, &author.username, row.id));
    let above = asked.min_id.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
    let limit = REPLIES_DOCUMENT_PAGE;
    let ids = threads::answers(&app.reader, StatusId(row.id), None, above, limit, clock::now()).await?;
    let last = ids.last().filter(|_| ids.len() == limit);
    let begin = if above > 0 { format!("min_id={above}&") } else { String::new() };
    let page = PageOf {
        id: format!("{list}?{begin}page=true"),
        part_of: list.clone(),
        next: last.map(|id| format!("{list}?min_id={id}&page=true")),
        items: uris(app, &ids).await?,
        ..PageOf::default()
    };
    let page = page.unordered();
    let body = match asked.page {
        Some(_) => page,
        None => json!({ "id": list, "type": "Collection", "first": page }),
    };
    Ok(of(&row, with_context(body)))
}

async fn conversation(State(app): State<Arc<App>>, Path(name): Path<String>, asking: Asking) -> Response {
    asking.answer(&app, whole(&app, &name, &asking).await)
}

/// A conversation that began here (FEP-7888), with its first page.
async fn whole(app: &App, name: &str, asking: &Asking) -> Result<Document, NoDocument> {
    let began = began(app, name, asking).await?;
    let body = json!({
        "id": began.address,
        "type": "Collection",
        "attributedTo": began.actor,
        "first": items(app, &began, 1).await?,
    });
    Ok(Document::for_all(with_context(body)))
}

async fn conversation_items(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    asking: Asking,
) -> Response {
    asking.answer(&app, part(&app, &name, &asked, &asking).await)
}

async fn part(app: &App, name: &str, asked: &Asked, asking: &Asking) -> Result<Document, NoDocument> {
    let began = began(app, name, asking).await?;
    let number = asked.page.as_deref().and_then(|text| text.parse().ok()).unwrap_or(1);
    Ok(Document::for_all(with_context(items(app, &began, number).await?)))
}

/// What a conversation began with.
struct Began {
    address: String,
    actor: String,
    id: StatusId,
}

/// By `account-status`. One that began with something that not everybody may see is shown to nobody.
async fn began(app: &App, name: &str, asking: &Asking) -> Result<Began, NoDocument> {
    asking.admitted(app).await?;
    let (account, id) = name.split_once('-').ok_or(ApiError::NotFound)?;
    let id: StatusId = id.parse().map_err(|_| ApiError::NotFound)?;
    app.commands.may_see_status(None, id).await?;
    let status = entities::one(app, None, id.get()).await?;
    if status.account.id != account || status.account.acct.contains('@') || status.reblog.is_some() {
        return Err(ApiError::NotFound.into());
    }
    let account = account.parse().map_err(|_| ApiError::NotFound)?;
    Ok(Began { address: addresses::conversation(app, account, id.get()), actor: status.account.uri.clone(), id })
}

/// A page, without `@context`. All that is in the conversation is looked at for each, within the bounds of a thread.
async fn items(app: &App, began: &Began, number: usize) -> Result<Value, NoDocument> {
    let extent = threads::Extent {
        ancestors: 0,
        descendants: CONTEXT_STATUSES_MAX,
        depth: CONTEXT_STATUSES_MAX,
        looked_at: CONTEXT_LOOKED_AT_MAX,
    };
    let mut ids = threads::descendants(&app.reader, began.id, None, extent, clock::now()).await?;
    ids.push(began.id.get());
    ids.sort_unstable();
    let skipped = number.saturating_sub(1).saturating_mul(REPLIES_DOCUMENT_PAGE);
    let shown: Vec<i64> = ids.iter().copied().skip(skipped).take(REPLIES_DOCUMENT_PAGE).collect();
    let list = format!("{}/items", began.address);
    let more = ids.len() > skipped.saturating_add(REPLIES_DOCUMENT_PAGE);
    let page = PageOf {
        id: format!("{list}?page={number}"),
        part_of: began.address.clone(),
        next: more.then(|| format!("{list}?page={}", number + 1)),
        items: uris(app, &shown).await?,
        ..PageOf::default()
    };
    Ok(page.unordered())
}

/// The addresses of these statuses, in their order: two queries.
async fn uris(app: &App, ids: &[i64]) -> Result<Vec<Value>, NoDocument> {
    let found = rows::by_ids(&app.reader, ids).await?;
    let authors: Vec<i64> = found.iter().map(|row| row.account_id).collect();
    let authors = accounts::by_ids(&app.reader, &authors).await?;
    let uri = |id: &i64| {
        let row = found.iter().find(|row| row.id == *id)?;
        let author = authors.iter().find(|author| author.id == row.account_id)?;
        Some(row.uri.clone().unwrap_or_else(|| addresses::status(app, &author.username, row.id)).into())
    };
    Ok(ids.iter().filter_map(uri).collect())
}
