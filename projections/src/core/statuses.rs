//! Statuses, and reblogs as statuses of their own. The other tables of a status go when it does.

use std::collections::HashSet;

use chronodon_event_log::Recorded;
use chronodon_events::remote::QuotePolicy;
use chronodon_events::status::{StatusDeleted, StatusEdited, StatusEvent, StatusPosted};
use chronodon_events::values::{StatusRef, Visibility};
use chronodon_events::{AccountId, Event, StatusId};
use jiff::Timestamp;
use serde_json::Value;

use super::visible::{shown, visible, welcome};
use super::{Core, column, conversations, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A status or a reblog. A reblog has no content; its id is its own, its conversation the reblogged status's. What was
    /// posted elsewhere has a `uri`; its text is HTML, and `remote` has the JSON form of the event's value of this name.
    /// Where what it answers was not known when it came, `in_reply_to_uri` is that one's address; `begun_in_id` is the
    /// conversation that it was in then (see [`super::conversations`]).
    pub struct Status in "statuses" {
        key { id: i64 }
        account_id: i64,
        reblog_of_id: Option<i64>,
        in_reply_to_id: Option<i64>,
        in_reply_to_account_id: Option<i64>,
        in_reply_to_uri: Option<String>,
        conversation_id: i64,
        begun_in_id: i64,
        local: bool,
        visibility: String,
        created_at: Timestamp,
        edited_at: Option<Timestamp>,
        text: String,
        spoiler_text: String,
        sensitive: bool,
        language: Option<String>,
        mentions: Value,
        hashtags: Value,
        media_ids: Value,
        application: Option<Value>,
        uri: Option<String>,
        url: Option<String>,
        remote: Option<Value>,
        quotes: bool,
        quote_policy: String,
        has_poll: bool,
        replies_count: i64,
        reblogs_count: i64,
        favourites_count: i64,
        quotes_count: i64,
        version: i64,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Status(event) = event else { return };
    match event {
        StatusEvent::Posted(e) => {
            core.statuses.want((e.status_id.get(),));
            core.accounts.want((e.account_id.get(),));
            if let Some(parent) = &e.in_reply_to {
                core.statuses.want((parent.status_id.get(),));
            }
            let (uri, parent) = e.remote.as_ref().map(|it| (it.uri.as_str(), it.in_reply_to_uri.as_deref())).unzip();
            conversations::want_added(core, e.conversation_id.get(), uri, parent.flatten());
        }
        StatusEvent::Edited(e) => core.statuses.want((e.status_id.get(),)),
        StatusEvent::Deleted(e) => {
            let id = e.status_id.get();
            core.statuses.want((id,));
            core.statuses.want_where("reblog_of_id", id);
            core.accounts.want((e.account_id.get(),));
            conversations::want_removed(core, id);
            let parent = core.statuses.get((id,)).and_then(|status| status.in_reply_to_id);
            parent.into_iter().for_each(|parent| core.statuses.want((parent,)));
            let rebloggers: Vec<_> = core.statuses.all_where("reblog_of_id", id).map(|row| row.account_id).collect();
            rebloggers.into_iter().for_each(|account| core.accounts.want((account,)));
        }
        StatusEvent::QuotePolicyChanged(e) => core.statuses.want((e.status_id.get(),)),
        StatusEvent::Pinned(_) | StatusEvent::Unpinned(_) => {}
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    let Event::Status(event) = event else { return };
    match event {
        StatusEvent::Posted(e) => post(core, at, e),
        StatusEvent::Edited(e) => edit(core, at, e),
        StatusEvent::Deleted(e) => delete(core, e),
        StatusEvent::QuotePolicyChanged(e) => core.statuses.update((e.status_id.get(),), |status| {
            status.quote_policy = e.quote_policy.as_str().to_owned();
        }),
        StatusEvent::Pinned(_) | StatusEvent::Unpinned(_) => {}
    }
}

fn post(core: &mut Core, at: &Recorded, e: &StatusPosted) {
    let parent = e.in_reply_to.as_ref();
    let status = Status {
        id: e.status_id.get(),
        account_id: e.account_id.get(),
        reblog_of_id: None,
        in_reply_to_id: parent.map(|parent| parent.status_id.get()),
        in_reply_to_account_id: e.in_reply_to_account_id.or(parent.map(|parent| parent.account_id)).map(AccountId::get),
        in_reply_to_uri: e.remote.as_ref().and_then(|remote| remote.in_reply_to_uri.clone()),
        conversation_id: conversations::of(core, e.conversation_id.get()),
        begun_in_id: e.conversation_id.get(),
        local: e.local,
        visibility: e.visibility.as_str().to_owned(),
        created_at: e.created_at,
        edited_at: None,
        text: e.text.clone(),
        spoiler_text: e.spoiler_text.clone(),
        sensitive: e.sensitive,
        language: e.language.clone(),
        mentions: json(&e.mentions),
        hashtags: json(&e.hashtags),
        media_ids: json(&e.media_ids),
        application: e.application.as_ref().map(json),
        uri: e.remote.as_ref().map(|remote| remote.uri.clone()),
        url: e.remote.as_ref().map(|remote| remote.url.clone()),
        remote: e.remote.as_ref().map(json),
        quotes: e.quote.is_some(),
        quote_policy: e.quote_policy.as_str().to_owned(),
        has_poll: e.poll.is_some(),
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        quotes_count: 0,
        version: column(at),
    };
    add(core, status);
    conversations::join(core, e.status_id.get());
}

fn edit(core: &mut Core, at: &Recorded, e: &StatusEdited) {
    core.statuses.update((e.status_id.get(),), |status| {
        status.text.clone_from(&e.text);
        status.spoiler_text.clone_from(&e.spoiler_text);
        status.sensitive = e.sensitive;
        status.language.clone_from(&e.language);
        status.mentions = json(&e.mentions);
        status.hashtags = json(&e.hashtags);
        status.media_ids = json(&e.media_ids);
        status.has_poll = e.poll.is_some();
        if let Some(remote) = &e.remote {
            status.url = Some(remote.url.clone());
            status.remote = Some(json(remote));
        }
        status.edited_at = Some(e.edited_at);
        status.version = column(at);
    });
}

fn delete(core: &mut Core, e: &StatusDeleted) {
    let id = e.status_id.get();
    let reblogs: Vec<_> = core.statuses.all_where("reblog_of_id", id).map(|reblog| reblog.id).collect();
    for gone in reblogs.into_iter().chain([id]) {
        remove(core, gone);
    }
}

/// Adds a status or reblog and counts it for its author and the status it answers.
pub(super) fn add(core: &mut Core, status: Status) {
    count(core, &status, 1);
    core.statuses.put(status);
}

/// Removes a status or reblog, if it is there, and counts it no more.
pub(super) fn remove(core: &mut Core, id: i64) {
    conversations::part(core, id);
    if let Some(status) = core.statuses.remove((id,)) {
        count(core, &status, -1);
    }
}

/// Direct statuses are counted for nobody, private ones not as replies.
fn count(core: &mut Core, status: &Status, by: i64) {
    let visibility = Visibility::parse(&status.visibility);
    if visibility != Some(Visibility::Direct) {
        core.accounts.update((status.account_id,), |account| account.statuses_count += by);
    }
    answered(core, status.in_reply_to_id.filter(|_| is_listed(status)), by);
}

/// Counts a status for the one that it answers.
pub(super) fn count_answer(core: &mut Core, id: i64, by: i64) {
    let parent = core.statuses.get((id,)).filter(|status| is_listed(status)).and_then(|status| status.in_reply_to_id);
    answered(core, parent, by);
}

fn is_listed(status: &Status) -> bool {
    matches!(Visibility::parse(&status.visibility), Some(Visibility::Public | Visibility::Unlisted))
}

fn answered(core: &mut Core, parent: Option<i64>, by: i64) {
    if let Some(parent) = parent {
        core.statuses.update((parent,), |parent| parent.replies_count += by);
    }
}

/// What commands must know of a status.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What an event about it carries.
    pub status: StatusRef,
    /// Whom it answers.
    pub in_reply_to_account_id: Option<AccountId>,
    /// Its author is suspended or not let in.
    pub author_hidden: bool,
    /// The viewer follows its author.
    pub follows: bool,
    /// Its author blocks the viewer.
    pub blocked_by: bool,
    /// The viewer blocks its author.
    pub blocks: bool,
    /// It mentions the viewer.
    pub mentioned: bool,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
    /// The viewer may see the reblog that was asked for; true when it was none.
    pub reblog_shown: bool,
}

/// What commands must know of a status, seen by `viewer`. For a reblog: of the status that it shows.
///
/// # Errors
/// When the database cannot be read.
pub async fn facts(reader: &Reader, id: StatusId, viewer: Option<AccountId>) -> Result<Option<Facts>, ProjectionError> {
    let sql = format!(
        "SELECT s.id, s.account_id, s.conversation_id, s.visibility, s.in_reply_to_account_id, s.quote_policy,
            a.domain IS NULL AS local,
            NOT {} AS hidden,
            EXISTS (SELECT FROM follows WHERE account_id = $2 AND target_id = s.account_id) AS follows,
            EXISTS (SELECT FROM blocks WHERE account_id = s.account_id AND target_id = $2) AS blocked_by,
            EXISTS (SELECT FROM blocks WHERE account_id = $2 AND target_id = s.account_id) AS blocks,
            EXISTS (SELECT FROM status_mentions WHERE status_id = s.id AND account_id = $2) AS mentioned,
            asked.reblog_of_id IS NULL OR {} AS shown
        FROM statuses asked
        JOIN statuses s ON s.id = coalesce(asked.reblog_of_id, asked.id)
        JOIN accounts a ON a.id = s.account_id
        WHERE asked.id = $1",
        shown("a"),
        visible("asked", "$2")
    );
    let row = reader.lookup(&sql, &[&id.get(), &viewer.map(AccountId::get)]).await?.pop();
    Ok(row.map(|row| Facts {
        status: StatusRef {
            status_id: StatusId(row.get("id")),
            account_id: AccountId(row.get("account_id")),
            account_local: row.get("local"),
            conversation_id: StatusId(row.get("conversation_id")),
            visibility: Visibility::parse(row.get("visibility")).unwrap_or(Visibility::Direct),
        },
        in_reply_to_account_id: row.get::<_, Option<i64>>("in_reply_to_account_id").map(AccountId),
        author_hidden: row.get("hidden"),
        follows: row.get("follows"),
        blocked_by: row.get("blocked_by"),
        blocks: row.get("blocks"),
        mentioned: row.get("mentioned"),
        quote_policy: QuotePolicy::parse(row.get("quote_policy")).unwrap_or_default(),
        reblog_shown: row.get("shown"),
    }))
}

/// The statuses with these ids, in no order, reblogs and originals alike.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(reader: &Reader, ids: &[i64]) -> Result<Vec<Status>, ProjectionError> {
    let sql = "SELECT * FROM statuses WHERE id = ANY($1)";
    Ok(reader.lookup(sql, &[&ids]).await?.iter().map(Status::read).collect())
}

/// Those of these statuses that the viewer may see, but of accounts that it blocks or mutes at `now`; in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen(
    reader: &Reader,
    ids: &[i64],
    viewer: Option<AccountId>,
    now: Timestamp,
) -> Result<HashSet<i64>, ProjectionError> {
    let sql = format!(
        "SELECT s.id FROM statuses s WHERE s.id = ANY($1) AND {} AND {}",
        visible("s", "$2"),
        welcome("s", "$2", "$3")
    );
    let rows = reader.query(&sql, &[&ids, &viewer.map(AccountId::get), &now]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

/// The statuses with these addresses, in no order: those from elsewhere, and reblogs that came from elsewhere.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_uris(reader: &Reader, uris: &[String]) -> Result<Vec<Status>, ProjectionError> {
    let sql = "SELECT * FROM statuses WHERE uri = ANY($1)";
    Ok(reader.lookup(sql, &[&uris]).await?.iter().map(Status::read).collect())
}
