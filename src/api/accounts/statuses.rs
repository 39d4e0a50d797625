//! `/api/v1/accounts/:id/statuses`: what an account has posted, as far as the viewer may see it.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chronodon_domain::{limits, text};
use chronodon_events::AccountId;
use chronodon_projections::core::account_statuses::{self, Filter, Part};
use serde::Deserialize;

use super::find;
use crate::api::auth::Viewer;
use crate::api::entities::statuses::{self, Status};
use crate::api::error::ApiResult;
use crate::api::page::{End, Page, PageQuery, Pager};
use crate::api::params::{Params, lenient};
use crate::api::path::Path;
use crate::app::App;
use crate::clock;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/accounts/{id}/statuses", get(index))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filters {
    #[serde(deserialize_with = "lenient::boolean")]
    only_media: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    exclude_replies: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    exclude_reblogs: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    pinned: Option<bool>,
    #[serde(deserialize_with = "lenient::filled")]
    tagged: Option<String>,
    #[serde(flatten)]
    page: PageQuery,
}

async fn index(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    pager: Pager,
    Path(id): Path<String>,
    params: Params<Filters>,
) -> ApiResult<Page<Status>> {
    viewer.require("read:statuses")?;
    let account = find(&app, &id).await?;
    let window = params.page.window_of_at_most(limits::STATUSES_PAGE_DEFAULT, limits::STATUSES_PAGE_MAX);
    let tagged = params.tagged.as_deref().map(|tag| text::hashtag_key(tag.trim_start_matches('#')));
    let filter = Filter {
        account: AccountId(account.id),
        viewer: viewer.account_id(),
        only_media: params.only_media.unwrap_or(false),
        exclude_replies: params.exclude_replies.unwrap_or(false),
        exclude_reblogs: params.exclude_reblogs.unwrap_or(false),
        pinned: params.pinned.unwrap_or(false),
        tagged: tagged.as_deref(),
    };
    let oldest = window.end == End::Oldest && !filter.pinned;
    let part = Part { below: window.below, above: window.above, oldest, limit: window.limit };
    let ids = account_statuses::ids(&app.reader, &filter, part, clock::now()).await?;
    let ids = if oldest { window.newest_first(ids) } else { ids };
    let page = pager.posts(ids, window.limit, |id| *id);
    let items = statuses::in_order(&app, viewer.account_id(), &page.items).await?;
    Ok(page.with_items(items))
}
