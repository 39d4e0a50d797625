//! `/@name`: somebody's profile and statuses, in pages from the newest to the oldest.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chronodon_events::AccountId;
use chronodon_projections::core::account_statuses::{self, Filter, Part};
use chronodon_projections::core::accounts::by_handle;
use serde::Deserialize;

use super::entry::{Entry, name};
use super::html;
use super::shell::{Card, NoPage, Shell, answer};
use crate::api::entities::accounts::{self, Account};
use crate::api::entities::statuses;
use crate::app::App;
use crate::clock;
use crate::federation::outbox::{self, Asking};

/// Statuses on a page.
pub(super) const PAGE: usize = 20;
/// Characters of a card's description.
const CARD_CHARS_MAX: usize = 300;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/@{name}", get(show)).route("/users/{name}", get(elsewhere))
}

/// Which part of a list of statuses.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    pub(super) max_id: Option<i64>,
    pub(super) min_id: Option<i64>,
}

#[derive(Template)]
#[template(path = "public/profile.html")]
struct Profile {
    shell: Shell,
    account: Account,
    name_html: String,
    note_html: String,
    fields: Vec<(String, String, bool)>,
    joined: String,
    pinned: Vec<Entry>,
    entries: Vec<Entry>,
    pages: Pages,
}

/// Links to the pages before and after.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) newer: Option<String>,
    pub(super) older: Option<String>,
}

impl Pages {
    /// Of a list at `path`, when `ids` are shown and `full` says that there may be more of them.
    pub(super) fn of(path: &str, asked: &Asked, ids: &[i64], full: bool) -> Self {
        let paged = asked.max_id.is_some() || asked.min_id.is_some();
        let newest = paged && asked.min_id.is_some() && !full;
        Self {
            newer: ids.first().filter(|_| paged && !newest).map(|id| format!("{path}?min_id={id}")),
            older: ids.last().filter(|_| full || asked.min_id.is_some()).map(|id| format!("{path}?max_id={id}")),
        }
    }
}

async fn show(
    State(app): State<Arc<App>>,
    Path(handle): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    asking: Asking,
) -> Response {
    if let Some(username) = handle.strip_suffix(&format!("@{}", app.domain)) {
        return moved(&format!("/@{username}"));
    }
    if asking.for_document() {
        return outbox::answer_actor(&app, &handle, &asking).await;
    }
    answer(&app, &headers, page(&app, &handle, &asked).await)
}

async fn elsewhere(State(app): State<Arc<App>>, Path(name): Path<String>, asking: Asking) -> Response {
    if asking.for_document() {
        return outbox::answer_actor(&app, &name, &asking).await;
    }
    match find(&app, &name).await {
        Ok(account) => moved(&format!("/@{}", account.username)),
        Err(none) => none.answer(&app),
    }
}

/// The same thing has its page at another path of ours.
pub(super) fn moved(path: &str) -> Response {
    (StatusCode::FOUND, [(LOCATION, path.to_owned())]).into_response()
}

/// A local account that everybody may know of.
pub(super) async fn find(app: &App, username: &str) -> Result<Account, NoPage> {
    let Some(row) = by_handle(&app.reader, username, None).await? else {
        let deleted = app.commands.was_deleted(username).await?;
        return Err(if deleted { NoPage::Gone } else { NoPage::NotFound });
    };
    if row.suspended {
        return Err(NoPage::Gone);
    }
    if !row.approved || !row.confirmed {
        return Err(NoPage::NotFound);
    }
    Ok(accounts::one(app, row.id).await?)
}

async fn page(app: &App, username: &str, asked: &Asked) -> Result<Profile, NoPage> {
    let account = find(app, username).await?;
    let id = AccountId(account.id.parse().map_err(|_| NoPage::NotFound)?);
    let (pinned, ids) = tokio::try_join!(pinned(app, id, asked), listed(app, id, asked))?;
    let full = ids.len() > PAGE;
    let mut ids = ids;
    if full {
        // One more was asked for, to know whether there is more.
        ids.truncate(PAGE);
    }
    if asked.min_id.is_some() {
        ids.reverse();
    }
    let path = format!("/@{}", account.username);
    let (pinned, entries) =
        tokio::try_join!(statuses::in_order(app, None, &pinned), statuses::in_order(app, None, &ids))?;
    Ok(Profile {
        shell: shell(app, &account),
        name_html: html::plain(name(&account.display_name, &account.username), &account.emojis),
        note_html: html::content(&account.note, &account.emojis),
        fields: fields(&account),
        joined: account.created_at.strftime("%B %Y").to_string(),
        pinned: pinned.iter().map(|status| Entry { pinned: true, ..Entry::of(status) }).collect(),
        entries: entries.iter().map(Entry::of).collect(),
        pages: Pages::of(&path, asked, &ids, full),
        account,
    })
}

fn filter(account: AccountId, pinned: bool) -> Filter<'static> {
    Filter {
        account,
        viewer: None,
        only_media: false,
        exclude_replies: !pinned,
        exclude_reblogs: false,
        pinned,
        tagged: None,
    }
}

async fn pinned(app: &App, account: AccountId, asked: &Asked) -> Result<Vec<i64>, NoPage> {
    if asked.max_id.is_some() || asked.min_id.is_some() {
        return Ok(Vec::new());
    }
    let part = Part { below: None, above: None, oldest: false, limit: PAGE };
    Ok(account_statuses::ids(&app.reader, &filter(account, true), part, clock::now()).await?)
}

async fn listed(app: &App, account: AccountId, asked: &Asked) -> Result<Vec<i64>, NoPage> {
    let part = Part { below: asked.max_id, above: asked.min_id, oldest: asked.min_id.is_some(), limit: PAGE + 1 };
    Ok(account_statuses::ids(&app.reader, &filter(account, false), part, clock::now()).await?)
}

fn fields(account: &Account) -> Vec<(String, String, bool)> {
    let fields = account.fields.iter().map(|field| {
        let name = html::plain(&field.name, &account.emojis);
        (name, html::content(&field.value, &account.emojis), field.verified_at.is_some())
    });
    fields.collect()
}

fn shell(app: &App, account: &Account) -> Shell {
    let handle = format!("@{}@{}", account.username, app.domain);
    let card = Card {
        kind: "profile",
        title: format!("{} ({handle})", name(&account.display_name, &account.username)),
        description: html::words(&account.note, CARD_CHARS_MAX),
        image: Some(account.avatar_static.clone()),
        image_alt: account.avatar_description.clone(),
        username: Some(handle),
        ..Card::default()
    };
    Shell {
        canonical: Some(account.url.clone()),
        noindex: account.noindex,
        rel_me: links(account),
        card: Some(card),
        ..Shell::of(app)
    }
}

/// Addresses that an account's fields say are the same person's.
fn links(account: &Account) -> Vec<String> {
    let hrefs = account.fields.iter().filter_map(|field| {
        let (_, rest) = field.value.split_once("href=\"")?;
        let href = rest.split('"').next()?;
        (field.value.contains("me\"") && href.starts_with("http")).then(|| href.replace("&amp;", "&"))
    });
    hrefs.collect()
}
