//! `/@name/id`: one status, with what it answers above and what answers it below.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use chronodon_events::StatusId;
use chronodon_projections::core::threads::{self, Extent};

use super::entry::{Entry, name};
use super::html;
use super::profile::{find, moved};
use super::shell::{Card, NoPage, Shell, answer};
use crate::api::entities::statuses::{self, Status};
use crate::app::App;
use crate::clock;
use crate::federation::outbox::{self, Asking};

/// Characters of a card's description.
const CARD_CHARS_MAX: usize = 500;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/@{name}/{id}", get(show)).route("/users/{name}/statuses/{id}", get(elsewhere))
}

#[derive(Template)]
#[template(path = "public/status.html")]
struct OneStatus {
    shell: Shell,
    above: Vec<Entry>,
    entry: Entry,
    below: Vec<Entry>,
}

/// What stands at an address: a status, or the way to where it is.
enum Found {
    Here(Box<Status>),
    At(String),
}

async fn show(
    State(app): State<Arc<App>>,
    Path((name, id)): Path<(String, String)>,
    headers: HeaderMap,
    asking: Asking,
) -> Response {
    if asking.for_document() {
        return outbox::answer_status(&app, &name, &id, &asking).await;
    }
    match found(&app, &name, &id).await {
        Ok(Found::Here(status)) => answer(&app, &headers, page(&app, &status).await),
        Ok(Found::At(path)) => moved(&path),
        Err(none) => none.answer(&app),
    }
}

async fn page(app: &App, status: &Status) -> Result<OneStatus, NoPage> {
    let id = status.id.parse().map_err(|_| NoPage::NotFound)?;
    let (extent, now) = (Extent::of(None), clock::now());
    let above = threads::ancestors(&app.reader, id, None, extent, now);
    let below = threads::descendants(&app.reader, id, None, extent, now);
    let (above, below) = tokio::try_join!(above, below)?;
    let above = statuses::in_order(app, None, &above);
    let below = statuses::in_order(app, None, &below);
    let (above, below) = tokio::try_join!(above, below)?;
    Ok(OneStatus {
        shell: shell(app, status),
        above: above.iter().map(Entry::of).collect(),
        entry: Entry::of(status),
        below: below.iter().map(Entry::of).collect(),
    })
}

async fn elsewhere(State(app): State<Arc<App>>, Path((name, id)): Path<(String, String)>, asking: Asking) -> Response {
    if asking.for_document() {
        return outbox::answer_status(&app, &name, &id, &asking).await;
    }
    match found(&app, &name, &id).await {
        Ok(Found::Here(status)) => moved(&path(&status)),
        Ok(Found::At(path)) => moved(&path),
        Err(none) => none.answer(&app),
    }
}

fn path(status: &Status) -> String {
    format!("/@{}/{}", status.account.username, status.id)
}

async fn found(app: &App, username: &str, id: &str) -> Result<Found, NoPage> {
    find(app, username).await?;
    let id: StatusId = id.parse().map_err(|_| NoPage::NotFound)?;
    app.commands.may_see_status(None, id).await?;
    let status = statuses::one(app, None, id.get()).await?;
    let shown = status.reblog.as_deref().unwrap_or(&status);
    if status.reblog.is_some() || !shown.account.username.eq_ignore_ascii_case(username) {
        return Ok(Found::At(path(shown)));
    }
    Ok(Found::Here(Box::new(status)))
}

fn shell(app: &App, status: &Status) -> Shell {
    let account = &status.account;
    let by = name(&account.display_name, &account.username);
    let text = html::words(&status.content, CARD_CHARS_MAX);
    let hidden = !status.spoiler_text.is_empty();
    let picture = status.media_attachments.iter().find(|_| !status.sensitive && !hidden);
    let card = Card {
        kind: "article",
        title: format!("{by} (@{}@{})", account.username, app.domain),
        description: if hidden { status.spoiler_text.clone() } else { text },
        image: picture.map_or_else(|| Some(account.avatar_static.clone()), |media| media.preview_url.clone()),
        image_alt: picture.and_then(|media| media.description.clone()).unwrap_or_default(),
        published: Some(crate::api::time::iso8601(status.created_at)),
        username: Some(format!("@{}@{}", account.username, app.domain)),
    };
    Shell {
        canonical: Some(status.url.clone()),
        noindex: account.noindex || status.visibility != "public",
        card: Some(card),
        ..Shell::of(app)
    }
}
