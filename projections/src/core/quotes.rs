//! Statuses that quote others, and what the quoted authors have said of that.

use std::collections::HashMap;

use chronodon_event_log::Recorded;
use chronodon_events::quote::QuoteEvent;
use chronodon_events::remote::QuoteState;
use chronodon_events::status::{StatusEvent, StatusPosted};
use chronodon_events::{AccountId, Event, StatusId};
use jiff::Timestamp;

use super::Core;
use super::span::{Joined, Span};
use super::visible::{not_shunned, of_hidden_domain, visible, welcome};
use crate::{ProjectionError, Reader, Row};

row! {
    /// That a status quotes another. `state` is a word of [`QuoteState`], or [`DELETED`]; `quoted_id` is there where the
    /// quoted status is or was known here, `authorization_uri` where its author lives elsewhere and has agreed.
    pub struct Quote in "quotes" {
        key { status_id: i64 }
        account_id: i64,
        local: bool,
        quoted_id: Option<i64>,
        uri: String,
        state: String,
        authorization_uri: Option<String>,
    }
}

/// The state of a quote whose quoted status is gone, whatever was said of it before.
pub const DELETED: &str = "deleted";

impl Quote {
    /// Whether the quoted author has agreed, and both statuses are there.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.state == QuoteState::Accepted.as_str()
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    let (quoting, quoted) = match event {
        Event::Status(StatusEvent::Posted(e)) => {
            (None, e.quote.as_ref().and_then(|quote| quote.status.as_ref()).map(|quoted| quoted.status_id))
        }
        Event::Status(StatusEvent::Deleted(e)) => {
            core.quotes.want_where("quoted_id", e.status_id.get());
            (Some(e.status_id), None)
        }
        Event::Quote(QuoteEvent::Approved(e)) => (Some(e.status.status_id), Some(e.quoted.status_id)),
        Event::Quote(QuoteEvent::Rejected(e)) => (e.status.as_ref().map(|status| status.status_id), None),
        Event::Quote(QuoteEvent::Revoked(e)) => (Some(e.status.status_id), None),
        _ => (None, None),
    };
    let mut quoted = quoted.map(StatusId::get);
    if let Some(quoting) = quoting {
        core.quotes.want((quoting.get(),));
        // What it quotes by now, whose counter falls.
        if let Some(counted) = core.quotes.get((quoting.get(),)).and_then(|row| row.quoted_id) {
            core.statuses.want((counted,));
            quoted = quoted.or(Some(counted));
        }
    }
    quoted.into_iter().for_each(|quoted| core.statuses.want((quoted,)));
}

pub(super) fn apply(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => post(core, e),
        Event::Status(StatusEvent::Deleted(e)) => delete(core, e.status_id.get()),
        // Of a quoted status that is gone, a replay may not know that it ever was.
        Event::Quote(QuoteEvent::Approved(e)) if core.statuses.get((e.quoted.status_id.get(),)).is_some() => {
            change(core, e.status.status_id, |row| {
                row.state = QuoteState::Accepted.as_str().to_owned();
                row.quoted_id = Some(e.quoted.status_id.get());
                row.authorization_uri.clone_from(&e.authorization);
            });
        }
        Event::Quote(QuoteEvent::Approved(_)) => {}
        Event::Quote(QuoteEvent::Rejected(e)) => {
            let Some(status) = &e.status else { return };
            change(core, status.status_id, |row| {
                if row.state == QuoteState::Pending.as_str() {
                    row.state = QuoteState::Rejected.as_str().to_owned();
                }
            });
        }
        Event::Quote(QuoteEvent::Revoked(e)) => change(core, e.status.status_id, |row| {
            if row.state != DELETED {
                row.state = QuoteState::Revoked.as_str().to_owned();
                row.authorization_uri = None;
            }
        }),
        _ => {}
    }
}

fn post(core: &mut Core, e: &StatusPosted) {
    let Some(quote) = &e.quote else { return };
    let quoted_id = quote.status.as_ref().map(|quoted| quoted.status_id.get());
    let gone = quoted_id.is_some_and(|id| core.statuses.get((id,)).is_none());
    let row = Quote {
        status_id: e.status_id.get(),
        account_id: e.account_id.get(),
        local: e.local,
        quoted_id,
        uri: quote.uri.clone(),
        state: if gone { DELETED } else { quote.state.as_str() }.to_owned(),
        authorization_uri: quote.authorization.clone().filter(|_| !gone && quote.state == QuoteState::Accepted),
    };
    count(core, &row, 1);
    core.quotes.put(row);
}

/// Whichever of the two goes first.
fn delete(core: &mut Core, id: i64) {
    if let Some(row) = core.quotes.remove((id,)) {
        count(core, &row, -1);
    }
    let quoting: Vec<_> = core.quotes.all_where("quoted_id", id).map(|row| row.status_id).collect();
    for quoting in quoting {
        core.quotes.update((quoting,), |row| {
            row.state = DELETED.to_owned();
            row.authorization_uri = None;
        });
    }
}

fn change(core: &mut Core, id: StatusId, with: impl FnOnce(&mut Quote)) {
    let Some(before) = core.quotes.get((id.get(),)).cloned() else { return };
    let mut after = before.clone();
    with(&mut after);
    count(core, &before, -1);
    count(core, &after, 1);
    core.quotes.put(after);
}

/// Accepted quotes are counted on the quoted status.
fn count(core: &mut Core, row: &Quote, by: i64) {
    if let Some(quoted) = row.quoted_id.filter(|_| row.is_accepted()) {
        core.statuses.update((quoted,), |status| status.quotes_count += by);
    }
}

/// Why a quoted status is not shown to somebody who sees the status that quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// It is not for them to see.
    Unauthorized,
    /// They hide the domain of its author.
    BlockedDomain,
    /// They block its author.
    BlockedAccount,
    /// They mute its author.
    MutedAccount,
}

/// A quote as somebody sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The quote.
    pub quote: Quote,
    /// Why the quoted status is not shown, where the quote is accepted.
    pub withheld: Option<Withheld>,
}

/// The quotes that these statuses are, as each of `viewers` sees them at `now` (none: the anonymous), by viewer and status.
/// The caller has checked that they may see the statuses themselves.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen(
    reader: &Reader,
    viewers: &[Option<AccountId>],
    statuses: &[i64],
    now: Timestamp,
) -> Result<HashMap<(Option<AccountId>, i64), Seen>, ProjectionError> {
    let sql = format!(
        "SELECT q.*, viewer.id AS viewer, {} AS visible, {} AS hidden,
            EXISTS (SELECT FROM blocks WHERE account_id = viewer.id AND target_id = s.account_id) AS blocked,
            NOT {} AS shunned
        FROM unnest($1::int8[]) AS viewer (id)
        CROSS JOIN quotes q
        LEFT JOIN statuses s ON s.id = q.quoted_id
        WHERE q.status_id = ANY($2)",
        visible("s", "viewer.id"),
        of_hidden_domain("s.account_id", "viewer.id"),
        not_shunned("s", "viewer.id", "$3"),
    );
    let viewers: Vec<_> = viewers.iter().map(|viewer| viewer.map(AccountId::get)).collect();
    let rows = reader.query(&sql, &[&viewers, &statuses, &now]).await?;
    let seen = rows.iter().map(|row| {
        let quote = Quote::read(row);
        let viewer: Option<i64> = row.get("viewer");
        let withheld = if !row.get::<_, bool>("visible") {
            Some(Withheld::Unauthorized)
        } else if row.get("blocked") {
            Some(Withheld::BlockedAccount)
        } else if row.get("hidden") {
            Some(Withheld::BlockedDomain)
        } else if row.get("shunned") {
            Some(Withheld::MutedAccount)
        } else {
            None
        };
        let withheld = withheld.filter(|_| quote.is_accepted());
        ((viewer.map(AccountId), quote.status_id), Seen { quote, withheld })
    });
    Ok(seen.collect())
}

/// The quotes that these statuses are, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_statuses(reader: &Reader, statuses: &[i64]) -> Result<Vec<Quote>, ProjectionError> {
    let sql = "SELECT * FROM quotes WHERE status_id = ANY($1)";
    Ok(reader.query(sql, &[&statuses]).await?.iter().map(Quote::read).collect())
}

/// The quote that stands by this document of another server's.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_authorization(reader: &Reader, uri: &str) -> Result<Option<Quote>, ProjectionError> {
    let sql = "SELECT * FROM quotes WHERE authorization_uri = $1 ORDER BY status_id LIMIT 1";
    Ok(reader.query_opt(sql, &[&uri]).await?.as_ref().map(Quote::read))
}

/// The statuses whose quotes of a status are accepted, by their ids, as far as the viewer may see them. Those by accounts
/// that the viewer blocks or mutes at `now` are left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn of(
    reader: &Reader,
    quoted: StatusId,
    viewer: AccountId,
    span: Span,
    now: Timestamp,
) -> Result<Vec<Joined>, ProjectionError> {
    let sql = format!(
        "SELECT q.status_id, q.status_id FROM quotes q JOIN statuses s ON s.id = q.status_id
        WHERE q.quoted_id = $1 AND q.state = 'accepted' AND q.status_id < $2 AND q.status_id > $3 AND {} AND {}
        ORDER BY q.status_id {} LIMIT $4",
        visible("s", "$5"),
        welcome("s", "$5", "$6"),
        span.order(),
    );
    let (below, above, limit) = span.params();
    let rows = reader.query(&sql, &[&quoted.get(), &below, &above, &limit, &viewer.get(), &now]).await?;
    Ok(rows.iter().map(Joined::read).collect())
}
