//! `/api/v1/timelines`: home, public, of a hashtag, of a list.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chronodon_domain::limits::{STATUSES_PAGE_DEFAULT, TAG_TIMELINE_TAGS_MAX};
use chronodon_domain::text::hashtag_key;
use chronodon_events::ListId;
use chronodon_projections::core::timelines::{self, Feed, Only, Span, Tags};
use serde::Deserialize;

use super::auth::{Authenticated, Viewer};
use super::entities::statuses::{self, Status};
use super::error::{ApiError, ApiResult};
use super::page::{self, Page, PageQuery, Pager};
use super::params::{Params, lenient};
use super::path::Path;
use crate::app::App;
use crate::clock;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/timelines/home", get(home))
        .route("/api/v1/timelines/list/{id}", get(list))
        .route("/api/v1/timelines/public", get(public))
        .route("/api/v1/timelines/tag/{hashtag}", get(tag))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PublicParams {
    #[serde(flatten)]
    page: PageQuery,
    #[serde(deserialize_with = "lenient::boolean")]
    local: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    remote: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    only_media: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TagParams {
    #[serde(flatten)]
    public: PublicParams,
    #[serde(deserialize_with = "lenient::texts")]
    any: Vec<String>,
    #[serde(deserialize_with = "lenient::texts")]
    all: Vec<String>,
    #[serde(deserialize_with = "lenient::texts")]
    none: Vec<String>,
}

impl PublicParams {
    fn only(&self) -> Only {
        let is = |given: Option<bool>| given.unwrap_or(false);
        Only { local: is(self.local), remote: is(self.remote), media: is(self.only_media) }
    }
}

async fn home(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    page: Params<PageQuery>,
) -> ApiResult<Page<Status>> {
    auth.require("read:statuses")?;
    let ids = app.homes.page(&app.reader, auth.account_id, span(&page), clock::now()).await?;
    let statuses = statuses::in_order(&app, Some(auth.account_id), &ids).await?;
    Ok(answer(&pager, statuses))
}

async fn list(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<ListId>,
    pager: Pager,
    page: Params<PageQuery>,
) -> ApiResult<Page<Status>> {
    auth.require("read:lists")?;
    if !timelines::owns_list(&app.reader, auth.account_id, id).await? {
        return Err(ApiError::NotFound);
    }
    let ids = timelines::followed(&app.reader, auth.account_id, Feed::List(id), span(&page), clock::now()).await?;
    let statuses = statuses::in_order(&app, Some(auth.account_id), &ids).await?;
    Ok(answer(&pager, statuses))
}

async fn public(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    pager: Pager,
    params: Params<PublicParams>,
) -> ApiResult<Page<Status>> {
    viewer.require("read:statuses")?;
    let (viewer, only) = (viewer.account_id(), params.only());
    let ids = timelines::public(&app.reader, viewer, only, span(&params.page), clock::now()).await?;
    Ok(answer(&pager, statuses::in_order(&app, viewer, &ids).await?))
}

async fn tag(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(hashtag): Path<String>,
    pager: Pager,
    params: Params<TagParams>,
) -> ApiResult<Page<Status>> {
    viewer.require("read:statuses")?;
    let (viewer, only) = (viewer.account_id(), params.public.only());
    let mut tags = Tags { any: keys(&params.any), all: keys(&params.all), none: keys(&params.none) };
    tags.any.push(key(&hashtag));
    let ids = timelines::tagged(&app.reader, viewer, &tags, only, span(&params.public.page), clock::now()).await?;
    Ok(answer(&pager, statuses::in_order(&app, viewer, &ids).await?))
}

fn keys(names: &[String]) -> Vec<String> {
    names.iter().take(TAG_TIMELINE_TAGS_MAX).map(|name| key(name)).collect()
}

fn key(name: &str) -> String {
    hashtag_key(name.trim().trim_start_matches('#'))
}

/// The part of a timeline that a page asks for.
fn span(page: &PageQuery) -> Span {
    let window = page.window(STATUSES_PAGE_DEFAULT);
    let end = match window.end {
        page::End::Newest => timelines::End::Newest,
        page::End::Oldest => timelines::End::Oldest,
    };
    let (below, above) = (window.below.unwrap_or(i64::MAX), window.above.unwrap_or(i64::MIN));
    Span { limit: window.limit, below, above, end }
}

fn answer(pager: &Pager, statuses: Vec<Status>) -> Page<Status> {
    pager.timeline(statuses, |status| status.id.parse().expect("ids are numbers"))
}
