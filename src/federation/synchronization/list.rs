//! The list of an account's followers from here, as its own server shows it: whole, or not at all.

use std::collections::BTreeSet;

use chronodon_activitypub::collection::Collection;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::limits::{SYNCHRONISED_FOLLOWERS_MAX, SYNCHRONISED_PAGES_MAX};

use crate::app::App;
use crate::federation::resolve::{self, ResolveError};

/// The addresses of all who are on the list, each once.
///
/// # Errors
/// When it cannot be had, leads to another server, is too long, or has too many pages.
pub(super) async fn fetch(app: &App, url: &Uri) -> Result<BTreeSet<String>, ResolveError> {
    let (mut listed, mut next) = (BTreeSet::new(), Some(Reference::Id(url.clone())));
    for _ in 0..SYNCHRONISED_PAGES_MAX {
        let Some(page) = next.take() else { return Ok(listed) };
        let page = read(app, url, page).await?;
        listed.extend(page.items.iter().filter_map(Reference::id).map(Uri::to_string));
        if listed.len() > SYNCHRONISED_FOLLOWERS_MAX {
            return Err(ResolveError::Invalid("totalItems"));
        }
        next = page.first.or(page.next);
    }
    if next.is_none() { Ok(listed) } else { Err(ResolveError::Invalid("next")) }
}

async fn read(app: &App, url: &Uri, page: Reference) -> Result<Collection, ResolveError> {
    let rules = app.egress.rules();
    let uri = match page {
        Reference::Embedded { value, .. } => return Ok(Collection::read(&value, rules)?),
        Reference::Id(uri) => uri,
    };
    if uri.origin() != url.origin() {
        return Err(ResolveError::Invalid("next"));
    }
    let document = resolve::document_now(app, &uri).await?;
    if document.id.origin() != url.origin() {
        return Err(ResolveError::Invalid("id"));
    }
    Ok(Collection::read(&document.value, rules)?)
}
