//! A local status as a note or, with a poll, a question.

use std::collections::HashMap;

use chronodon_activitypub::audience::PUBLIC;
use chronodon_activitypub::context::with_context;
use chronodon_domain::quote::policy_of;
use chronodon_events::StatusId;
use chronodon_events::remote::{QuotePolicy, RemoteStatus};
use chronodon_events::values::{Mention, Visibility};
use chronodon_projections::core::media::{self as media_rows, MediaAttachment};
use chronodon_projections::core::quotes::{self, DELETED, Quote};
use chronodon_projections::core::statuses::{self, Status as Row};
use serde_json::{Value, json};

use super::{addresses, emoji, media};
use crate::api::entities::accounts::{self, Account};
use crate::api::entities::polls::Poll;
use crate::api::entities::statuses::{self as entities, Status, ids_in, values};
use crate::api::error::ApiResult;
use crate::api::time::iso8601;
use crate::app::App;

/// The document of a local status; nothing when it is not there, is a reblog, was posted elsewhere, or its author is not
/// shown.
///
/// # Errors
/// When the database cannot be read.
pub async fn note(app: &App, id: StatusId) -> ApiResult<Option<Value>> {
    Ok(notes(app, &[id.get()]).await?.pop().map(with_context))
}

/// The same for these ids, in their order and each without `@context`: a fixed number of queries. Left out are those
/// that have no document.
///
/// # Errors
/// When the database cannot be read.
pub async fn notes(app: &App, ids: &[i64]) -> ApiResult<Vec<Value>> {
    let rows = statuses::by_ids(&app.reader, ids).await?;
    let rows: HashMap<i64, Row> = rows.into_iter().filter(is_note).map(|row| (row.id, row)).collect();
    let shown: Vec<i64> = ids.iter().copied().filter(|id| rows.contains_key(id)).collect();
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let (around, shown) = tokio::try_join!(Around::gather(app, &rows), entities::in_order(app, None, &shown))?;
    let documents = shown.iter().filter_map(|status| {
        let row = rows.get(&status.id.parse().ok()?)?;
        Some(render(app, row, status, &around))
    });
    Ok(documents.collect())
}

/// `to` and `cc` of what is posted with this visibility and mentions these actors.
#[must_use]
pub fn addressees(visibility: Visibility, followers: &str, mentioned: &[String]) -> (Vec<String>, Vec<String>) {
    let (public, followers) = (PUBLIC.to_owned(), followers.to_owned());
    let with = |first: &[String]| first.iter().chain(mentioned).cloned().collect();
    match visibility {
        Visibility::Public => (vec![public], with(&[followers])),
        Visibility::Unlisted => (vec![followers], with(&[public])),
        Visibility::Private => (vec![followers], mentioned.to_vec()),
        Visibility::Direct => (mentioned.to_vec(), Vec::new()),
    }
}

fn is_note(row: &Row) -> bool {
    row.local && row.reblog_of_id.is_none()
}

/// What notes say of others.
struct Around {
    /// Whom they mention, and who wrote the statuses below.
    accounts: HashMap<i64, Account>,
    /// What they answer, and what their conversations began with.
    statuses: HashMap<i64, Row>,
    media: HashMap<i64, MediaAttachment>,
    quotes: HashMap<i64, Quote>,
}

impl Around {
    async fn gather(app: &App, rows: &HashMap<i64, Row>) -> ApiResult<Self> {
        let quoting: Vec<i64> = rows.values().filter(|row| row.quotes).map(|row| row.id).collect();
        let quotes = if quoting.is_empty() { Vec::new() } else { quotes::by_statuses(&app.reader, &quoting).await? };
        let others = rows.values().flat_map(|row| row.in_reply_to_id.into_iter().chain([row.conversation_id]));
        let others: Vec<i64> = sorted(others.chain(quotes.iter().filter_map(|quote| quote.quoted_id)));
        let media_ids = sorted(rows.values().flat_map(|row| ids_in(&row.media_ids).collect::<Vec<_>>()));
        let (statuses, media) =
            tokio::try_join!(statuses::by_ids(&app.reader, &others), media_rows::by_ids(&app.reader, &media_ids))?;
        let mentioned = rows.values().flat_map(|row| values::<Mention>(&row.mentions));
        let ids = mentioned.map(|mention| mention.account_id.get()).chain(statuses.iter().map(|row| row.account_id));
        Ok(Self {
            accounts: accounts::by_ids(app, &sorted(ids)).await?,
            statuses: statuses.into_iter().map(|row| (row.id, row)).collect(),
            media: media.into_iter().map(|row| (row.id, row)).collect(),
            quotes: quotes.into_iter().map(|row| (row.status_id, row)).collect(),
        })
    }

    /// The address of a status that is known here.
    fn address(&self, app: &App, id: i64) -> Option<String> {
        let row = self.statuses.get(&id)?;
        if let Some(uri) = &row.uri {
            return Some(uri.clone());
        }
        Some(addresses::status(app, &self.accounts.get(&row.account_id)?.username, id))
    }
}

fn sorted(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn render(app: &App, row: &Row, status: &Status, around: &Around) -> Value {
    let author = addresses::actor(app, &status.account.username);
    let uri = addresses::status(app, &status.account.username, row.id);
    let followers = addresses::followers(app, &status.account.username);
    let visibility = Visibility::parse(&row.visibility).unwrap_or(Visibility::Direct);
    let mentions = mentions(app, row, around);
    let mentioned: Vec<String> = mentions.iter().map(|(href, _)| href.clone()).collect();
    let (to, cc) = addressees(visibility, &followers, &mentioned);
    let answered = row.in_reply_to_id.and_then(|id| around.address(app, id));
    let replies = format!("{uri}/replies");
    let mut note = json!({
        "id": uri,
        "type": if status.poll.is_some() { "Question" } else { "Note" },
        "summary": Some(&status.spoiler_text).filter(|text| !text.is_empty()),
        "inReplyTo": answered,
        "published": iso8601(status.created_at),
        "url": status.url,
        "attributedTo": author,
        "to": to,
        "cc": cc,
        "sensitive": status.sensitive,
        "atomUri": uri,
        "inReplyToAtomUri": answered,
        "content": status.content,
        "attachment": attachments(app, row, around),
        "tag": tags(app, status, mentions),
        "replies": {
            "id": replies,
            "type": "Collection",
            "first": {
                "type": "CollectionPage",
                "next": format!("{replies}?page=true"),
                "partOf": replies,
                "items": [],
            },
        },
        "likes": { "id": format!("{uri}/likes"), "type": "Collection", "totalItems": status.favourites_count },
        "shares": { "id": format!("{uri}/shares"), "type": "Collection", "totalItems": status.reblogs_count },
        "interactionPolicy": quoting(row, visibility, &author, &followers),
    });
    if let Some(language) = &status.language {
        note["contentMap"] = json!({ language.as_str(): status.content });
    }
    if let Some(at) = status.edited_at {
        note["updated"] = iso8601(at).into();
    }
    converse(app, row, around, &mut note);
    ask(status.poll.as_ref(), &mut note);
    quote(app, row, around, &mut note);
    note
}

fn attachments(app: &App, row: &Row, around: &Around) -> Vec<Value> {
    let attached = ids_in(&row.media_ids).filter_map(|id| around.media.get(&id));
    attached.filter_map(|file| media::attachment(app, file)).collect()
}

/// Actors' addresses and handles, in the order in which the status names them.
fn mentions(app: &App, row: &Row, around: &Around) -> Vec<(String, String)> {
    let named = values::<Mention>(&row.mentions).into_iter().filter_map(|mention| {
        let account = around.accounts.get(&mention.account_id.get())?;
        let domain = mention.domain.as_deref().unwrap_or(&app.domain);
        Some((account.uri.clone(), format!("@{}@{domain}", mention.username)))
    });
    named.collect()
}

fn tags(app: &App, status: &Status, mentions: Vec<(String, String)>) -> Vec<Value> {
    let mentions = mentions.into_iter().map(|(href, name)| json!({ "type": "Mention", "href": href, "name": name }));
    let hashtags = status.tags.iter().map(|tag| {
        json!({ "type": "Hashtag", "href": tag["url"], "name": format!("#{}", tag["name"].as_str().unwrap_or_default()) })
    });
    mentions.chain(hashtags).chain(status.emojis.iter().map(|named| emoji::tag(app, named))).collect()
}

/// Which conversation it is part of: one that began elsewhere is named as it is there.
fn converse(app: &App, row: &Row, around: &Around, note: &mut Value) {
    let began = around.statuses.get(&row.conversation_id);
    let name = match began.and_then(|began| began.remote.clone()) {
        Some(remote) => {
            let remote: Option<RemoteStatus> = serde_json::from_value(remote).ok();
            remote.and_then(|remote| remote.conversation_uri)
        }
        None => {
            let began = began.unwrap_or(row);
            Some(addresses::conversation(app, began.account_id, row.conversation_id))
        }
    };
    if let Some(name) = name {
        note["conversation"] = name.as_str().into();
        if name.starts_with("http") {
            note["context"] = name.into();
        }
    }
}

fn ask(poll: Option<&Poll>, note: &mut Value) {
    let Some(poll) = poll else { return };
    let options = poll.options.iter().map(|option| {
        let votes = option.votes_count.unwrap_or(0);
        json!({ "type": "Note", "name": option.title, "replies": { "type": "Collection", "totalItems": votes } })
    });
    note[if poll.multiple { "anyOf" } else { "oneOf" }] = options.collect();
    note["endTime"] = iso8601(poll.expires_at).into();
    note["votersCount"] = poll.voters_count.into();
    if poll.expired {
        note["closed"] = iso8601(poll.expires_at).into();
    }
}

/// Under each of the names that it goes by; what is gone leaves a tombstone.
fn quote(app: &App, row: &Row, around: &Around, note: &mut Value) {
    let Some(quote) = around.quotes.get(&row.id) else { return };
    if quote.state == DELETED {
        note["quote"] = json!({ "type": "Tombstone" });
        return;
    }
    for name in ["quote", "quoteUri", "_misskey_quote"] {
        note[name] = quote.uri.as_str().into();
    }
    if let Some(authorization) = authorization(app, quote, around) {
        note["quoteAuthorization"] = authorization.into();
    }
}

/// The document by which the quoted author has agreed: their server's, or ours.
fn authorization(app: &App, quote: &Quote, around: &Around) -> Option<String> {
    if quote.authorization_uri.is_some() || !quote.is_accepted() {
        return quote.authorization_uri.clone();
    }
    let quoted = around.statuses.get(&quote.quoted_id?).filter(|quoted| quoted.local)?;
    let author = around.accounts.get(&quoted.account_id)?;
    Some(addresses::quote_authorization(app, &author.username, quote.status_id))
}

/// Who may quote it without asking (FEP-044f); what not everybody may see, nobody but its author.
fn quoting(row: &Row, visibility: Visibility, author: &str, followers: &str) -> Value {
    let policy = QuotePolicy::parse(&row.quote_policy).unwrap_or_default();
    let allowed = match policy_of(visibility, policy) {
        QuotePolicy::Public => PUBLIC,
        QuotePolicy::Followers => followers,
        QuotePolicy::Nobody => author,
    };
    json!({ "canQuote": { "automaticApproval": [allowed] } })
}
