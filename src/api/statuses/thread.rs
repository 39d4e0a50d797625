//! `/api/v1/statuses/:id/context`: the thread around a status.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_events::StatusId;
use chronodon_projections::core::statuses as rows;
use chronodon_projections::core::threads::{self, Extent};
use serde::Serialize;

use crate::api::auth::Viewer;
use crate::api::entities::statuses::{self, Status};
use crate::api::error::ApiResult;
use crate::api::path::Path;
use crate::app::App;
use crate::clock;
use crate::federation::refresh;

/// Its route.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/statuses/{id}/context", get(context))
}

/// The entity Context.
#[derive(Debug, Serialize)]
struct Context {
    ancestors: Vec<Status>,
    descendants: Vec<Status>,
}

async fn context(State(app): State<Arc<App>>, viewer: Viewer, Path(id): Path<StatusId>) -> ApiResult<Json<Context>> {
    viewer.require("read:statuses")?;
    let viewer = viewer.account_id();
    app.commands.may_see_status(viewer, id).await?;
    if viewer.is_some()
        && let Some(row) = rows::by_ids(&app.reader, &[id.get()]).await?.pop()
    {
        refresh::seen_thread(&app, &row).await;
    }
    let (extent, now) = (Extent::of(viewer), clock::now());
    let ancestors = threads::ancestors(&app.reader, id, viewer, extent, now);
    let descendants = threads::descendants(&app.reader, id, viewer, extent, now);
    let (ancestors, descendants) = tokio::try_join!(ancestors, descendants)?;
    let both: Vec<_> = ancestors.iter().chain(&descendants).copied().collect();
    let rendered = statuses::in_order(&app, viewer, &both).await?;
    let (ancestors, descendants) =
        rendered.into_iter().partition(|status| status.id.parse().is_ok_and(|id| ancestors.contains(&id)));
    Ok(Json(Context { ancestors, descendants }))
}
