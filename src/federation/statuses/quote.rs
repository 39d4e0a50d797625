//! What a status quotes, and whether the quoted author has agreed (FEP-044f): one agrees with oneself, others by a
//! document on their own server that names both posts.

use chronodon_activitypub::audience::is_public;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::quote_authorization::QuoteAuthorization;
use chronodon_activitypub::uri::Uri;
use chronodon_events::remote::{Quote, QuotePolicy, QuoteState};
use chronodon_events::values::StatusRef;
use chronodon_projections::core::accounts;

use super::{Author, linked};
use crate::app::App;
use crate::federation::own;
use crate::federation::resolve::{self, Budget, ResolveError};

/// The quote, if it is one.
pub(super) async fn find(
    app: &App,
    author: &Author,
    object: &Object,
    budget: &Budget,
) -> Result<Option<Quote>, ResolveError> {
    let Some(uri) = object.quote.as_ref().filter(|uri| **uri != object.id) else { return Ok(None) };
    let status = linked(app, author, uri, budget.of_quoted()).await?;
    let state = match &status {
        Some(quoted) if quoted.account_id == author.id => QuoteState::Accepted,
        Some(quoted) if is_authorized(app, object, uri, quoted, budget).await? => QuoteState::Accepted,
        _ => QuoteState::Pending,
    };
    let authorization = object.quote_authorization.as_ref().map(ToString::to_string);
    Ok(Some(Quote { uri: uri.to_string(), status, state, authorization }))
}

/// Whether the quoted author says so. What we have said ourselves is not asked of others.
async fn is_authorized(
    app: &App,
    object: &Object,
    quoted_uri: &Uri,
    quoted: &StatusRef,
    budget: &Budget,
) -> Result<bool, ResolveError> {
    let Some(uri) = &object.quote_authorization else { return Ok(false) };
    let foreign = uri.origin() != quoted_uri.origin() || own::read(app, uri).is_some();
    if foreign || budget.spend().is_err() {
        return Ok(false);
    }
    let document = match resolve::document(app, uri).await {
        Ok(document) => document,
        Err(error) if error.is_fault() => return Err(error),
        Err(_) => return Ok(false),
    };
    let Ok(word) = QuoteAuthorization::read(&document.value, app.egress.rules()) else { return Ok(false) };
    let author = accounts::by_ids(&app.reader, &[quoted.account_id.get()]).await?.pop().and_then(|row| row.uri);
    Ok(word.id == *uri
        && word.interacting_object == object.id
        && word.interaction_target == *quoted_uri
        && author.is_some_and(|author| word.attributed_to.as_str() == author))
}

/// Who may quote the status without asking.
pub(super) fn policy(object: &Object, author: &Author) -> QuotePolicy {
    let Some(policy) = &object.quote_policy else { return QuotePolicy::Nobody };
    let is_followers = |addressee: &String| Some(addressee) == author.followers.as_ref();
    if policy.automatic.iter().any(|addressee| is_public(addressee)) {
        QuotePolicy::Public
    } else if policy.automatic.iter().any(is_followers) {
        QuotePolicy::Followers
    } else {
        QuotePolicy::Nobody
    }
}
