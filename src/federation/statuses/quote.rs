//! What a status quotes, and whether the quoted author has agreed (FEP-044f): one agrees with oneself, others by a
//! document on their own server that names both posts, and authors of this server by what the log says.

use chronodon_activitypub::audience::is_public;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::quote_authorization::QuoteAuthorization;
use chronodon_activitypub::uri::Uri;
use chronodon_events::StatusId;
use chronodon_events::remote::{Quote, QuotePolicy, QuoteState};
use chronodon_events::values::StatusRef;
use chronodon_projections::core::quotes::{self, DELETED, Quote as Row};
use chronodon_projections::core::{accounts, statuses};

use super::{Author, linked};
use crate::app::App;
use crate::commands::By;
use crate::federation::outbox::addresses;
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
        Some(quoted) if quoted.account_local => {
            app.commands.said_of_quote(object.id.as_str(), quoted.status_id).await?
        }
        Some(quoted) if quoted.account_id == author.id => QuoteState::Accepted,
        Some(quoted) if is_authorized(app, object, uri, quoted, budget).await? => QuoteState::Accepted,
        _ => QuoteState::Pending,
    };
    let here = status.as_ref().is_some_and(|quoted| quoted.account_local);
    let authorization = object.quote_authorization.as_ref().filter(|_| !here).map(ToString::to_string);
    Ok(Some(Quote { uri: uri.to_string(), status, state, authorization }))
}

/// A status that is known already is shown again: where its quote is not accepted, it is looked at once more.
pub(super) async fn look_again(
    app: &App,
    by: By,
    author: &Author,
    object: &Object,
    quoting: StatusId,
    budget: &Budget,
) -> Result<(), ResolveError> {
    let Some(uri) = &object.quote else { return Ok(()) };
    let row = quotes::by_statuses(&app.reader, &[quoting.get()]).await?.pop();
    if !row.is_some_and(|row| !row.is_accepted() && row.state != DELETED && row.uri == uri.as_str()) {
        return Ok(());
    }
    let Some(quoted) = linked(app, author, uri, budget.of_quoted()).await? else { return Ok(()) };
    let agreed = quoted.account_id == author.id || is_authorized(app, object, uri, &quoted, budget).await?;
    if agreed && !quoted.account_local {
        let authorization = object.quote_authorization.as_ref().map(ToString::to_string);
        app.commands.approve_quote(by, quoting, quoted.status_id, authorization).await?;
    }
    Ok(())
}

/// The quoted author of a status of ours is said to have agreed by this document. Whether it is so; then the quote is
/// accepted.
///
/// # Errors
/// When the document cannot be had now.
pub async fn approve(app: &App, by: By, quote: &Row, uri: &Uri) -> Result<bool, ResolveError> {
    let rules = app.egress.rules();
    let Some((quoted, quoted_uri)) = quote.quoted_id.zip(Uri::parse(&quote.uri, rules).ok()) else { return Ok(false) };
    let Some(quoted) = statuses::facts(&app.reader, StatusId(quoted), None).await? else { return Ok(false) };
    let quoter = accounts::by_ids(&app.reader, &[quote.account_id]).await?.pop();
    let Some(quoter) = quoter else { return Ok(false) };
    let quoting_uri = addresses::status(app, &quoter.username, quote.status_id);
    let sides = Sides { quoting: &quoting_uri, quoted_uri: &quoted_uri, quoted: &quoted.status };
    // What was asked for a moment ago may not have been there yet.
    if !sides.may_be_authorized(app, uri) {
        return Ok(false);
    }
    let document = match resolve::document_now(app, uri).await {
        Ok(document) => document,
        Err(error) if error.is_final() => return Ok(false),
        Err(error) => return Err(error),
    };
    if !sides.are_authorized(app, uri, &document.value).await? {
        return Ok(false);
    }
    let (quoting, quoted) = (StatusId(quote.status_id), quoted.status.status_id);
    app.commands.approve_quote(by, quoting, quoted, Some(uri.to_string())).await?;
    Ok(true)
}

/// Whether the quoted author says so by the document that the status names.
async fn is_authorized(
    app: &App,
    object: &Object,
    quoted_uri: &Uri,
    quoted: &StatusRef,
    budget: &Budget,
) -> Result<bool, ResolveError> {
    let Some(uri) = &object.quote_authorization else { return Ok(false) };
    let sides = Sides { quoting: object.id.as_str(), quoted_uri, quoted };
    if !sides.may_be_authorized(app, uri) || budget.spend().is_err() {
        return Ok(false);
    }
    match resolve::document(app, uri).await {
        Ok(document) => sides.are_authorized(app, uri, &document.value).await,
        Err(error) if error.is_fault() => Err(error),
        Err(_) => Ok(false),
    }
}

/// What a document must name to authorize a quote.
struct Sides<'a> {
    quoting: &'a str,
    quoted_uri: &'a Uri,
    quoted: &'a StatusRef,
}

impl Sides<'_> {
    /// Nobody speaks for another server, and what we have said ourselves is not asked of others.
    fn may_be_authorized(&self, app: &App, uri: &Uri) -> bool {
        uri.origin() == self.quoted_uri.origin() && own::read(app, uri).is_none()
    }

    async fn are_authorized(&self, app: &App, uri: &Uri, document: &serde_json::Value) -> Result<bool, ResolveError> {
        let Ok(word) = QuoteAuthorization::read(document, app.egress.rules()) else { return Ok(false) };
        let author = accounts::by_ids(&app.reader, &[self.quoted.account_id.get()]).await?.pop();
        let author = author.and_then(|row| row.uri);
        Ok(word.id == *uri
            && word.interacting_object.as_str() == self.quoting
            && word.interaction_target == *self.quoted_uri
            && author.is_some_and(|author| word.attributed_to.as_str() == author))
    }
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
