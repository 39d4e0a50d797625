//! `/tags/name`: public statuses with a hashtag.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use chronodon_domain::text::{hashtag_key, is_hashtag_name};
use chronodon_projections::core::timelines::{self, End, Only, Span, Tags};

use super::entry::Entry;
use super::profile::{Asked, PAGE, Pages};
use super::shell::{Card, NoPage, Shell, answer};
use crate::api::entities::statuses;
use crate::app::App;
use crate::clock;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/tags/{name}", get(show))
}

#[derive(Template)]
#[template(path = "public/tag.html")]
struct Tag {
    shell: Shell,
    name: String,
    entries: Vec<Entry>,
    pages: Pages,
}

async fn show(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    answer(&app, &headers, page(&app, &name, &asked).await)
}

async fn page(app: &App, name: &str, asked: &Asked) -> Result<Tag, NoPage> {
    if !is_hashtag_name(name) {
        return Err(NoPage::NotFound);
    }
    let key = hashtag_key(name);
    let tags = Tags { any: vec![key.clone()], ..Tags::default() };
    let span = Span {
        limit: PAGE + 1,
        below: asked.max_id.unwrap_or(i64::MAX),
        above: asked.min_id.unwrap_or(i64::MIN),
        end: if asked.min_id.is_some() { End::Oldest } else { End::Newest },
    };
    let mut ids = timelines::tagged(&app.reader, None, &tags, Only::default(), span, clock::now()).await?;
    let full = ids.len() > PAGE;
    if full && asked.min_id.is_some() {
        // Newest first: the one too many is the furthest from where we come from.
        ids.remove(0);
    }
    ids.truncate(PAGE);
    let path = format!("/tags/{key}");
    let entries = statuses::in_order(app, None, &ids).await?;
    let card = Card { kind: "website", title: format!("#{name}"), ..Card::default() };
    Ok(Tag {
        shell: Shell { canonical: Some(app.url(&path)), noindex: true, card: Some(card), ..Shell::of(app) },
        name: name.to_owned(),
        entries: entries.iter().map(Entry::of).collect(),
        pages: Pages::of(&path, asked, &ids, full),
    })
}
