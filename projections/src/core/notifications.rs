//! What local accounts are told. Folded from what others did; gone when that is taken back or put away.
//!
//! An id is the position of the event that caused it, and the place among the recipients of that event: ids are ordered
//! by time, and what is taken back finds its notification by the position its own row keeps.

use std::sync::LazyLock;

use chronodon_event_log::Recorded;
use chronodon_events::favourite::FavouriteEvent;
use chronodon_events::notification::NotificationEvent;
use chronodon_events::poll::PollEvent;
use chronodon_events::quote::QuoteEvent;
use chronodon_events::reblog::ReblogEvent;
use chronodon_events::relationship::RelationshipEvent;
use chronodon_events::remote::QuoteState;
use chronodon_events::severance::SeveranceEvent;
use chronodon_events::status::{StatusEdited, StatusEvent, StatusPosted};
use chronodon_events::{AccountId, Event, Position, StatusId};
use jiff::Timestamp;

use super::visible::{heard, of_hidden_domain, shown, visible};
use super::{Core, column};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A notification for `account_id`. Mutes and blocks apply at read.
    pub struct Notification in "notifications" {
        key { id: i64 }
        account_id: i64,
        from_account_id: i64,
        kind: String,
        status_id: Option<i64>,
        group_key: String,
        created_at: Timestamp,
    }
}

/// Recipients that one event can have.
const RECIPIENTS_MAX: i64 = 1 << 10;
/// Notifications of a kind about one status within this time make a group.
const GROUP_SECONDS: i64 = 12 * 60 * 60;

/// The id of the notification that the event at `position` caused for its `n`th recipient.
#[must_use]
pub const fn id_at(position: i64, n: i64) -> i64 {
    position * RECIPIENTS_MAX + n
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => core.follow_notifies.want_where("target_id", e.account_id.get()),
        Event::Status(StatusEvent::Edited(e)) => {
            core.statuses.want((e.status_id.get(),));
            core.statuses.want_where("reblog_of_id", e.status_id.get());
            core.quotes.want_where("quoted_id", e.status_id.get());
        }
        Event::Status(StatusEvent::Deleted(e)) => {
            core.quotes.want_where("quoted_id", e.status_id.get());
            let quoting = quoting(core, e.status_id.get());
            quoting.into_iter().for_each(|id| core.notifications.want_where("status_id", id));
        }
        Event::Poll(PollEvent::Closed(e)) => core.poll_votes.want_where("status_id", e.status_id.get()),
        Event::Reblog(ReblogEvent::Removed(e)) => core.statuses.want((e.reblog_id.get(),)),
        _ => {}
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => posted(core, at, e),
        Event::Status(StatusEvent::Edited(e)) => edited(core, at, e),
        Event::Status(StatusEvent::Deleted(e)) => deleted(core, e.status_id.get()),
        Event::Quote(QuoteEvent::Approved(e)) if e.quoted.account_local && !e.again => {
            quoted(core, at, 0, (e.status.account_id, e.status.status_id), e.quoted.account_id);
        }
        Event::Favourite(event) => favourited(core, at, event),
        Event::Reblog(event) => reblogged(core, at, event),
        Event::Relationship(event) => followed(core, at, event),
        Event::Poll(PollEvent::Closed(e)) => {
            let id = e.status_id.get();
            let voters: Vec<_> = core.poll_votes.all_where("status_id", id).map(|vote| vote.account_id).collect();
            let told = voters.into_iter().filter(|voter| *voter != e.account_id.get()).chain([e.account_id.get()]);
            for (n, recipient) in (0..RECIPIENTS_MAX).zip(told) {
                tell(core, at, n, Told { recipient, from: e.account_id.get(), kind: "poll", status: Some(id) });
            }
        }
        // Nobody did it to them: it comes from themselves, as Mastodon has it.
        Event::Severance(SeveranceEvent::Recorded(e)) => {
            let account = e.account_id.get();
            tell(core, at, 0, Told { recipient: account, from: account, kind: "severed_relationships", status: None });
        }
        Event::Notification(NotificationEvent::Dismissed(e)) => {
            e.notification_ids.iter().for_each(|id| drop(core.notifications.remove((id.get(),))));
        }
        Event::Notification(NotificationEvent::Cleared(e)) => {
            core.notifications.remove_where("account_id", e.account_id.get());
        }
        _ => {}
    }
}

struct Told {
    recipient: i64,
    from: i64,
    kind: &'static str,
    status: Option<i64>,
}

fn tell(core: &mut Core, at: &Recorded, n: i64, told: Told) {
    let id = id_at(column(at), n);
    let bucket = at.recorded_at.as_second() / GROUP_SECONDS;
    let group_key = match (told.kind, told.status) {
        ("favourite" | "reblog", Some(status)) => format!("{}-{status}-{bucket}", told.kind),
        ("follow", _) => format!("follow-{bucket}"),
        _ => format!("ungrouped-{id}"),
    };
    core.notifications.put(Notification {
        id,
        account_id: told.recipient,
        from_account_id: told.from,
        kind: told.kind.to_owned(),
        status_id: told.status,
        group_key,
        created_at: at.recorded_at,
    });
}

/// The mentioned first, then followers who asked to hear of each status, unless they are mentioned.
fn posted(core: &mut Core, at: &Recorded, e: &StatusPosted) {
    let author = e.account_id.get();
    let status = Some(e.status_id.get());
    let named = |account: AccountId| e.mentions.iter().any(|mention| mention.account_id == account);
    let mentioned = e.mentions.iter().filter(|mention| mention.local && mention.account_id != e.account_id);
    let mentioned = mentioned.map(|mention| (mention.account_id.get(), "mention"));
    let followers: Vec<_> = core
        .follow_notifies
        .all_where("target_id", author)
        .filter(|follow| !named(AccountId(follow.account_id)) && e.visibility.reaches_followers())
        .map(|follow| (follow.account_id, "status"))
        .collect();
    let agreed = e.quote.as_ref().filter(|quote| e.local && quote.state == QuoteState::Accepted);
    if let Some(of) = agreed.and_then(|quote| quote.status.as_ref()).filter(|of| of.account_local) {
        quoted(core, at, RECIPIENTS_MAX - 1, (e.account_id, e.status_id), of.account_id);
    }
    for (n, (recipient, kind)) in (0..RECIPIENTS_MAX - 1).zip(mentioned.chain(followers)) {
        tell(core, at, n, Told { recipient, from: author, kind, status });
    }
}

/// The author of a quoted status hears of the status that quotes it, but not of their own.
fn quoted(core: &mut Core, at: &Recorded, n: i64, (from, quoting): (AccountId, StatusId), author: AccountId) {
    if from != author {
        let (recipient, from, status) = (author.get(), from.get(), Some(quoting.get()));
        tell(core, at, n, Told { recipient, from, kind: "quote", status });
    }
}

/// The statuses that quote this one.
fn quoting(core: &Core, id: i64) -> Vec<i64> {
    core.quotes.all_where("quoted_id", id).map(|quote| quote.status_id).collect()
}

/// What was told of it, and of its edits to those who quoted it: a replay may not know that there were any.
fn deleted(core: &mut Core, id: i64) {
    core.notifications.remove_where("status_id", id);
    for quoting in quoting(core, id) {
        let told = core.notifications.all_where("status_id", quoting).filter(|row| row.kind == "quoted_update");
        let told: Vec<_> = told.map(|row| row.id).collect();
        told.into_iter().for_each(|id| drop(core.notifications.remove((id,))));
    }
}

/// Newly mentioned accounts, then local accounts that reblogged the status, then those that quote it.
fn edited(core: &mut Core, at: &Recorded, e: &StatusEdited) {
    let Some(status) = core.statuses.get((e.status_id.get(),)) else { return };
    let about = Some(status.id);
    let before: Vec<chronodon_events::values::Mention> =
        serde_json::from_value(status.mentions.clone()).unwrap_or_default();
    let known = |account: AccountId| before.iter().any(|mention| mention.account_id == account);
    let new = e.mentions.iter().filter(|m| m.local && m.account_id != e.account_id && !known(m.account_id));
    let new = new.map(|mention| (mention.account_id.get(), "mention"));
    let rebloggers: Vec<_> = core
        .statuses
        .all_where("reblog_of_id", status.id)
        .filter(|reblog| reblog.local && reblog.account_id != e.account_id.get())
        .map(|reblog| (reblog.account_id, "update"))
        .collect();
    let quoters: Vec<_> = core
        .quotes
        .all_where("quoted_id", status.id)
        .filter(|quote| quote.local && quote.is_accepted() && quote.account_id != e.account_id.get())
        .map(|quote| (quote.account_id, "quoted_update", Some(quote.status_id)))
        .collect();
    let told = new.chain(rebloggers).map(|(recipient, kind)| (recipient, kind, about)).chain(quoters);
    for (n, (recipient, kind, status)) in (0..RECIPIENTS_MAX).zip(told.collect::<Vec<_>>()) {
        tell(core, at, n, Told { recipient, from: e.account_id.get(), kind, status });
    }
}

fn favourited(core: &mut Core, at: &Recorded, event: &FavouriteEvent) {
    match event {
        FavouriteEvent::Added(e) if e.status.account_local && e.status.account_id != e.account_id => {
            let status = Some(e.status.status_id.get());
            let recipient = e.status.account_id.get();
            tell(core, at, 0, Told { recipient, from: e.account_id.get(), kind: "favourite", status });
        }
        FavouriteEvent::Added(_) => {}
        FavouriteEvent::Removed(e) => {
            let row = core.favourites.get((e.account_id.get(), e.status_id.get()));
            take_back(core, row.map(|row| row.position));
        }
    }
}

fn reblogged(core: &mut Core, at: &Recorded, event: &ReblogEvent) {
    match event {
        ReblogEvent::Created(e) if e.status.account_local && e.status.account_id != e.account_id => {
            let status = Some(e.status.status_id.get());
            let recipient = e.status.account_id.get();
            tell(core, at, 0, Told { recipient, from: e.account_id.get(), kind: "reblog", status });
        }
        ReblogEvent::Created(_) => {}
        // The version of a reblog's row is the position of its creation: reblogs are never edited.
        ReblogEvent::Removed(e) => {
            let row = core.statuses.get((e.reblog_id.get(),));
            take_back(core, row.map(|row| row.version));
        }
    }
}

fn followed(core: &mut Core, at: &Recorded, event: &RelationshipEvent) {
    let told = |recipient: AccountId, from: AccountId, kind| Told {
        recipient: recipient.get(),
        from: from.get(),
        kind,
        status: None,
    };
    match event {
        RelationshipEvent::FollowRequested(e) if e.target_local => {
            tell(core, at, 0, told(e.target_id, e.account_id, "follow_request"));
        }
        RelationshipEvent::FollowCreated(e) => {
            take_back_request(core, e.account_id, e.target_id);
            if e.target_local {
                tell(core, at, 0, told(e.target_id, e.account_id, "follow"));
            }
        }
        RelationshipEvent::FollowRequestWithdrawn(e) => take_back_request(core, e.account_id, e.target_id),
        RelationshipEvent::FollowRequestRejected(e) => take_back_request(core, e.account_id, e.target_id),
        RelationshipEvent::FollowRemoved(e) => {
            let row = core.follows.get((e.account_id.get(), e.target_id.get()));
            take_back(core, row.map(|row| row.position));
        }
        _ => {}
    }
}

fn take_back_request(core: &mut Core, account: AccountId, target: AccountId) {
    let row = core.follow_requests.get((account.get(), target.get()));
    take_back(core, row.map(|row| row.position));
}

/// Removes what the event at `position` told its one recipient.
fn take_back(core: &mut Core, position: Option<i64>) {
    if let Some(position) = position {
        core.notifications.remove((id_at(position, 0),));
    }
}

/// Which of an account's notifications.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Whose.
    pub account_id: i64,
    /// Only these kinds; empty: all.
    pub kinds: Vec<String>,
    /// Not these kinds.
    pub except: Vec<String>,
    /// Only what this account did.
    pub from: Option<i64>,
    /// Ids below this.
    pub below: Option<i64>,
    /// Ids above this.
    pub above: Option<i64>,
    /// The oldest of the range rather than the newest.
    pub oldest: bool,
    /// At most.
    pub limit: i64,
}

/// Notifications that make one line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct NotificationGroup {
    /// What they have in common.
    pub group_key: String,
    /// How many there are, on this page and off it.
    pub count: i64,
    /// The newest of them on this page.
    pub newest: Notification,
    /// The id of the oldest of them on this page.
    pub oldest_id: i64,
    /// Who did it, the newest first, each once.
    pub sample: Vec<i64>,
}

/// Notifications looked at to fill a page of groups.
const GROUPED_MAX: i64 = 1_000;
/// Accounts named of a group.
const SAMPLE_MAX: usize = 8;

/// What its recipient wants to hear: not from the blocked, the muted, the suspended, nor
/// from strangers of silenced domains, nor of muted conversations or of
/// what is not there for them any more. Parameters: `$1` the recipient, `$7` now.
static HEARD: LazyLock<String> = LazyLock::new(|| {
    let welcome = welcome("$1", "$7");
    format!(
        "n.account_id = $1
        AND ($2::int8 IS NULL OR n.id < $2) AND ($3::int8 IS NULL OR n.id > $3)
        AND (cardinality($4::text[]) = 0 OR n.kind = ANY($4)) AND NOT n.kind = ANY($5::text[])
        AND ($6::int8 IS NULL OR n.from_account_id = $6) AND {welcome}"
    )
});

fn welcome(recipient: &str, now: &str) -> String {
    let (seen, shown) = (visible("s", recipient), shown("a"));
    let heard = heard("n.from_account_id", recipient);
    let hidden = of_hidden_domain("n.from_account_id", recipient);
    format!(
        "NOT EXISTS (SELECT FROM blocks b WHERE (b.account_id, b.target_id) IN
            ((n.account_id, n.from_account_id), (n.from_account_id, n.account_id)))
        AND NOT EXISTS (SELECT FROM mutes m WHERE m.account_id = {recipient} AND m.target_id = n.from_account_id
            AND m.notifications AND (m.expires_at IS NULL OR m.expires_at > {now}::timestamptz))
        AND NOT EXISTS (SELECT FROM conversation_mutes c JOIN statuses s ON s.conversation_id = c.conversation_id
            WHERE c.account_id = {recipient} AND s.id = n.status_id)
        AND EXISTS (SELECT FROM accounts a WHERE a.id = n.from_account_id AND {shown})
        AND {heard} AND NOT {hidden}
        AND (n.status_id IS NULL OR EXISTS (SELECT FROM statuses s WHERE s.id = n.status_id AND {seen}))"
    )
}

/// An account's notifications, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn page(reader: &Reader, filter: &Filter, now: Timestamp) -> Result<Vec<Notification>, ProjectionError> {
    static NEWEST: LazyLock<String> =
        LazyLock::new(|| format!("SELECT n.* FROM notifications n WHERE {} ORDER BY n.id DESC LIMIT $8", *HEARD));
    static OLDEST: LazyLock<String> =
        LazyLock::new(|| format!("SELECT n.* FROM notifications n WHERE {} ORDER BY n.id LIMIT $8", *HEARD));
    let sql = if filter.oldest { &OLDEST } else { &NEWEST };
    let mut rows: Vec<_> =
        heard_of(reader, sql, filter, now, filter.limit).await?.iter().map(Notification::read).collect();
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(rows)
}

/// What the event at `position` has told those of `accounts` who want to hear it.
///
/// # Errors
/// When the database cannot be read.
pub async fn caused_at(
    reader: &Reader,
    position: Position,
    accounts: &[i64],
    now: Timestamp,
) -> Result<Vec<Notification>, ProjectionError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let welcome = welcome("n.account_id", "$4");
        format!(
            "SELECT n.* FROM notifications n WHERE n.id >= $1 AND n.id < $2 AND n.account_id = ANY($3) AND {welcome}"
        )
    });
    let position = position.0.cast_signed();
    let rows = reader.query(&SQL, &[&id_at(position, 0), &id_at(position + 1, 0), &accounts, &now]).await?;
    Ok(rows.iter().map(Notification::read).collect())
}

/// How many notifications there are, counted up to the filter's limit.
///
/// # Errors
/// When the database cannot be read.
pub async fn count(reader: &Reader, filter: &Filter, now: Timestamp) -> Result<i64, ProjectionError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!("SELECT count(*) FROM (SELECT FROM notifications n WHERE {} LIMIT $8) AS counted", *HEARD)
    });
    Ok(heard_of(reader, &SQL, filter, now, filter.limit).await?.first().map_or(0, |row| row.get(0)))
}

/// A page of groups, the one with the newest notification first. Kinds not in `grouped` stand alone.
///
/// # Errors
/// When the database cannot be read.
pub async fn groups(
    reader: &Reader,
    filter: &Filter,
    grouped: &[String],
    now: Timestamp,
) -> Result<Vec<NotificationGroup>, ProjectionError> {
    let limit = usize::try_from(filter.limit).unwrap_or(0);
    let mut groups: Vec<NotificationGroup> = Vec::new();
    let looked = Filter { limit: GROUPED_MAX, ..filter.clone() };
    let mut rows = page(reader, &looked, now).await?;
    if filter.oldest {
        rows.reverse();
    }
    for row in rows {
        let key = if grouped.contains(&row.kind) { row.group_key.clone() } else { format!("ungrouped-{}", row.id) };
        let known = groups.iter().position(|group| group.group_key == key);
        match known {
            Some(known) => join(&mut groups[known], row),
            None if groups.len() < limit => groups.push(NotificationGroup {
                group_key: key,
                count: 1,
                sample: vec![row.from_account_id],
                oldest_id: row.id,
                newest: row,
            }),
            None => {}
        }
    }
    groups.sort_unstable_by_key(|group| std::cmp::Reverse(group.newest.id));
    Ok(groups)
}

fn join(group: &mut NotificationGroup, row: Notification) {
    group.count += 1;
    group.oldest_id = group.oldest_id.min(row.id);
    if group.sample.len() < SAMPLE_MAX && !group.sample.contains(&row.from_account_id) {
        group.sample.push(row.from_account_id);
    }
    if row.id > group.newest.id {
        group.newest = row;
    }
}

/// All notifications of a group, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_group(
    reader: &Reader,
    account: AccountId,
    group_key: &str,
    now: Timestamp,
) -> Result<Vec<Notification>, ProjectionError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT n.* FROM notifications n WHERE {}
             AND (n.group_key = $9 OR n.id = $10) ORDER BY n.id DESC LIMIT $8",
            *HEARD
        )
    });
    let id: Option<i64> = group_key.strip_prefix("ungrouped-").and_then(|id| id.parse().ok());
    let filter = Filter { account_id: account.get(), ..Filter::default() };
    let rows = reader
        .query(
            &SQL,
            &[
                &filter.account_id,
                &filter.below,
                &filter.above,
                &filter.kinds,
                &filter.except,
                &filter.from,
                &now,
                &GROUPED_MAX,
                &group_key,
                &id,
            ],
        )
        .await?;
    Ok(rows.iter().map(Notification::read).collect())
}

async fn heard_of(
    reader: &Reader,
    sql: &str,
    filter: &Filter,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<tokio_postgres::Row>, ProjectionError> {
    let Filter { account_id, kinds, except, from, below, above, .. } = filter;
    reader.query(sql, &[account_id, below, above, kinds, except, from, &now, &limit]).await
}
