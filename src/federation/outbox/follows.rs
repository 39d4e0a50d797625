//! Who follows an actor and whom it follows, as far as it shows that; and what of it another server may compare.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use chronodon_activitypub::context::with_context;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::limits::{FOLLOWS_DOCUMENT_PAGE, SYNCHRONISED_FOLLOWERS_MAX};
use chronodon_events::AccountId;
use chronodon_projections::core::relationships::{self, Entry, Part};
use serde::Deserialize;
use serde_json::{Value, json};

use super::addresses;
use super::answer::{Asking, AskingServer, Document, NoDocument};
use super::collections::{self, PageOf};
use super::people::shown;
use crate::api::entities::accounts as entities;
use crate::api::error::ApiError;
use crate::app::App;
use crate::clock;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/users/{name}/followers", get(followers))
        .route("/users/{name}/following", get(following))
        .route("/users/{name}/followers_synchronization", get(synchronization))
}

/// Which page: its number is for people, and `max_id` says where it begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    page: Option<String>,
    max_id: Option<String>,
}

impl Asked {
    fn number(&self) -> Option<i64> {
        let page = self.page.as_deref()?;
        Some(page.parse().ok().filter(|number| (1..i64::from(i32::MAX)).contains(number)).unwrap_or(1))
    }

    fn below(&self) -> Option<i64> {
        self.max_id.as_deref().and_then(|text| text.parse().ok())
    }
}

#[derive(Clone, Copy)]
enum Side {
    Followers,
    Following,
}

impl Side {
    fn path(self) -> &'static str {
        match self {
            Self::Followers => "followers",
            Self::Following => "following",
        }
    }

    async fn entries(self, app: &App, account: AccountId, part: Part) -> Result<Vec<Entry>, NoDocument> {
        let (reader, now) = (&app.reader, clock::now());
        Ok(match self {
            Self::Followers => relationships::followers(reader, account, None, now, part).await?,
            Self::Following => relationships::following(reader, account, None, now, part).await?,
        })
    }
}

async fn followers(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    asking: Asking,
) -> Response {
    asking.answer(&app, list(&app, &name, &asked, &asking, Side::Followers).await)
}

async fn following(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    asking: Asking,
) -> Response {
    asking.answer(&app, list(&app, &name, &asked, &asking, Side::Following).await)
}

/// Everybody is shown the same: what the anonymous may see.
async fn list(app: &App, name: &str, asked: &Asked, asking: &Asking, side: Side) -> Result<Document, NoDocument> {
    let account = shown(app, name, asking).await?;
    let id = AccountId(account.id);
    let open = relationships::shows_collections(&app.reader, id, None).await?.unwrap_or(false);
    let list = format!("{}/{}", addresses::actor(app, &account.username), side.path());
    let total = match side {
        Side::Followers => account.followers_count,
        Side::Following => account.following_count,
    };
    let Some(number) = asked.number() else {
        let mut collection = collections::total(&list, "OrderedCollection", total);
        if open {
            collection["first"] = format!("{list}?page=1").into();
        }
        return Ok(Document::for_all(collection));
    };
    if !open {
        return Err(ApiError::NotAllowed.into());
    }
    let part = Part { limit: FOLLOWS_DOCUMENT_PAGE, below: asked.below(), above: None, oldest: false };
    let entries = side.entries(app, id, part).await?;
    let ids: Vec<i64> = entries.iter().map(|entry| entry.account_id).collect();
    let items = entities::in_order(app, &ids).await?.iter().map(|account| Value::from(account.uri.clone())).collect();
    let last = entries.last().filter(|_| entries.len() == FOLLOWS_DOCUMENT_PAGE);
    let begin = asked.below().map_or_else(String::new, |below| format!("&max_id={below}"));
    let page = PageOf {
        id: format!("{list}?page={number}{begin}"),
        next: last.map(|entry| format!("{list}?page={}&max_id={}", number + 1, entry.position)),
        prev: None,
        part_of: list,
        total: Some(total),
        items,
    };
    Ok(Document::for_all(page.ordered()))
}

async fn synchronization(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    AskingServer(asking): AskingServer,
) -> Response {
    asking.answer(&app, known_there(&app, &name, &asking).await)
}

/// The followers at the server that asks (FEP-8fcf): all of them or, where they are too many, none of the list, for what
/// is missing would be taken for unfollowed.
async fn known_there(app: &App, name: &str, asking: &Asking) -> Result<Document, NoDocument> {
    let account = shown(app, name, asking).await?;
    let signer = asking.signer().and_then(|signer| signer.uri.as_deref()).ok_or(NoDocument::Unsigned)?;
    let signer = Uri::parse(signer, app.egress.rules()).map_err(|_| ApiError::NotAllowed)?;
    let limit = SYNCHRONISED_FOLLOWERS_MAX + 1;
    let uris = relationships::followers_of_origin(&app.reader, AccountId(account.id), signer.origin(), limit).await?;
    if uris.len() == limit {
        return Err(ApiError::NotFound.into());
    }
    let id = format!("{}/followers_synchronization", addresses::actor(app, &account.username));
    let body = json!({ "id": id, "type": "OrderedCollection", "totalItems": uris.len(), "orderedItems": uris });
    Ok(Document::for_viewer(with_context(body)))
}
