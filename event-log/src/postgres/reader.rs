//! Reading events. Positions are dense here, and that is checked at every page.

use chronodon_events::{AccountId, KeyId, Position, Version};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::connection::{Failure, Shared};
use crate::{OpenError, ReadError, SealedEvent, StreamName, limits};

const READ_ALL: &str = "SELECT position, stream, version, recorded_at, event_id, event_type, schema_version, subject, object, meta, payload
    FROM log.events WHERE position > $1 ORDER BY position LIMIT $2";

const READ_STREAM: &str = "SELECT position, stream, version, recorded_at, event_id, event_type, schema_version, subject, object, meta, payload
    FROM log.events WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3";

const HEAD: &str = "SELECT position FROM log.head";

/// The head of a log that is there.
pub(super) async fn check_migrated(database: &Shared) -> Result<Position, OpenError> {
    match database.query(HEAD, &[]).await {
        Ok(rows) => rows.first().map(|row| Position(unsigned(row.get(0)))).ok_or(OpenError::NotMigrated),
        Err(failure)
            if matches!(failure.sql_state(), Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME)) =>
        {
            Err(OpenError::NotMigrated)
        }
        Err(Failure::Database(error)) => Err(error.into()),
        Err(Failure::Timeout(limit)) => Err(OpenError::Timeout(limit)),
    }
}

pub(super) async fn head(database: &Shared) -> Result<Position, ReadError> {
    let rows = database.query(HEAD, &[]).await.map_err(unavailable)?;
    Ok(rows.first().map_or(Position::START, |row| Position(unsigned(row.get(0)))))
}

pub(super) async fn read_all(database: &Shared, after: Position, max: usize) -> Result<Vec<SealedEvent>, ReadError> {
    let Ok(after_number) = i64::try_from(after.0) else {
        return Ok(Vec::new());
    };
    let events = page(database.query(READ_ALL, &[&after_number, &page_size(max)]).await)?;
    let mut after = after;
    for event in &events {
        if event.position.0 != after.0 + 1 {
            return Err(ReadError::Gap { after, found: event.position });
        }
        after = event.position;
    }
    Ok(events)
}

pub(super) async fn read_stream(
    database: &Shared,
    stream: &StreamName,
    after: Version,
    max: usize,
) -> Result<Vec<SealedEvent>, ReadError> {
    let Ok(after) = i32::try_from(after.0) else {
        return Ok(Vec::new());
    };
    page(database.query(READ_STREAM, &[&stream.as_str(), &after, &page_size(max)]).await)
}

fn page(rows: Result<Vec<Row>, Failure>) -> Result<Vec<SealedEvent>, ReadError> {
    rows.map_err(unavailable)?.iter().map(event).collect()
}

fn event(row: &Row) -> Result<SealedEvent, ReadError> {
    let position = Position(unsigned(row.get(0)));
    let stream =
        StreamName::new(row.get(1)).map_err(|error| ReadError::Damaged { position, reason: error.to_string() })?;
    Ok(SealedEvent {
        position,
        stream,
        version: Version(row.get::<_, i32>(2).unsigned_abs()),
        recorded_at: row.get(3),
        id: row.get(4),
        event_type: row.get(5),
        schema_version: row.get::<_, i16>(6).unsigned_abs(),
        key: KeyId { subject: AccountId(row.get(7)), object: row.get(8) },
        meta: row.get(9),
        payload: row.get(10),
    })
}

/// Positions are never negative: the table's only writer counts up from zero.
fn unsigned(number: i64) -> u64 {
    number.unsigned_abs()
}

fn page_size(max: usize) -> i64 {
    i64::try_from(max.min(limits::PAGE_EVENTS_MAX)).expect("pages are small")
}

fn unavailable(failure: Failure) -> ReadError {
    ReadError::Unavailable(failure.text())
}
