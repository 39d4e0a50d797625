//! A batch: the appends that are committed together, as arrays on the way in and verdicts on the way out.

use std::collections::{HashSet, VecDeque};
use std::time::Instant;

use chronodon_events::{KeyId, Position, Version};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio_postgres::Row;
use uuid::Uuid;

use super::PostgresOptions;
use super::connection::Connection;
use crate::{Append, AppendError, Appended, StreamName};

const APPEND_BATCH: &str =
    "CALL log.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
    $17, NULL, NULL, NULL, NULL)";

/// An append whose caller waits for the outcome.
pub(super) struct Waiting {
    pub(super) append: Append,
    pub(super) deadline: Instant,
    /// It was sent once and nobody knows what became of it.
    pub(super) in_doubt: bool,
    reply: oneshot::Sender<Result<Appended, AppendError>>,
    _room: OwnedSemaphorePermit,
}

impl Waiting {
    pub(super) fn new(
        append: Append,
        reply: oneshot::Sender<Result<Appended, AppendError>>,
        deadline: Instant,
        room: OwnedSemaphorePermit,
    ) -> Self {
        Self { append, deadline, in_doubt: false, reply, _room: room }
    }

    /// Tells the caller, unless it has gone.
    pub(super) fn answer(self, outcome: Result<Appended, AppendError>) {
        let _ = self.reply.send(outcome);
    }
}

/// What no two appends of a batch may share: each is judged by what was there before the batch.
#[derive(Default)]
struct Claims {
    streams: HashSet<StreamName>,
    ids: HashSet<Uuid>,
    keys: HashSet<KeyId>,
}

impl Claims {
    /// Claims everything an append touches, or nothing.
    fn claim(&mut self, append: &Append) -> bool {
        let free = !self.streams.contains(&append.stream)
            && append.events.iter().all(|event| !self.ids.contains(&event.id))
            && append.secrets.iter().all(|secret| !self.keys.contains(&claimed_key(secret.key)));
        if free {
            self.streams.insert(append.stream.clone());
            self.ids.extend(append.events.iter().map(|event| event.id));
            self.keys.extend(append.secrets.iter().map(|secret| claimed_key(secret.key)));
        }
        free
    }
}

/// Secrets are known by their object alone.
fn claimed_key(key: KeyId) -> KeyId {
    key.object.map_or(key, |object| KeyId::object(chronodon_events::AccountId::INSTANCE, object))
}

/// Takes the appends that can be committed together, oldest first; the others stay, in order.
pub(super) fn take(waiting: &mut VecDeque<Waiting>, options: &PostgresOptions) -> Vec<Waiting> {
    let (mut batch, mut claims, mut bytes) = (Vec::new(), Claims::default(), 0);
    for next in std::mem::take(waiting) {
        let size = next.append.payload_bytes();
        let fits =
            batch.is_empty() || batch.len() < options.batch_appends_max && bytes + size <= options.batch_bytes_max;
        if fits && claims.claim(&next.append) {
            bytes += size;
            batch.push(next);
        } else {
            waiting.push_back(next);
        }
    }
    batch
}

/// The arguments of `log.append_batch`: one element per append, per event, per secret.
#[derive(Default)]
struct Arrays<'a> {
    streams: Vec<&'a str>,
    expected: Vec<i32>,
    counts: Vec<i32>,
    event_append: Vec<i32>,
    event_offset: Vec<i32>,
    event_stream: Vec<&'a str>,
    event_ids: Vec<Uuid>,
    event_types: Vec<&'a str>,
    event_schema_versions: Vec<i16>,
    event_subjects: Vec<i64>,
    event_objects: Vec<Option<i64>>,
    event_metas: Vec<&'a str>,
    event_payloads: Vec<&'a [u8]>,
    secret_append: Vec<i32>,
    secret_subjects: Vec<i64>,
    secret_objects: Vec<Option<i64>>,
    secret_bytes: Vec<&'a [u8]>,
}

impl<'a> Arrays<'a> {
    fn of(batch: &'a [Waiting]) -> Self {
        let mut arrays = Self::default();
        for (number, waiting) in (1..).zip(batch) {
            arrays.push(number, &waiting.append);
        }
        arrays
    }

    fn push(&mut self, number: i32, append: &'a Append) {
        let small = "checked when the append came in";
        self.streams.push(append.stream.as_str());
        self.expected.push(i32::try_from(append.expected.version().0).expect(small));
        self.counts.push(i32::try_from(append.events.len()).expect(small));
        for (offset, event) in (1..).zip(&append.events) {
            self.event_append.push(number);
            self.event_offset.push(offset);
            self.event_stream.push(append.stream.as_str());
            self.event_ids.push(event.id);
            self.event_types.push(&event.event_type);
            self.event_schema_versions.push(i16::try_from(event.schema_version).expect(small));
            self.event_subjects.push(event.key.subject.get());
            self.event_objects.push(event.key.object);
            self.event_metas.push(&event.meta);
            self.event_payloads.push(&event.payload);
        }
        for secret in &append.secrets {
            self.secret_append.push(number);
            self.secret_subjects.push(secret.key.subject.get());
            self.secret_objects.push(secret.key.object);
            self.secret_bytes.push(&secret.bytes);
        }
    }
}

/// What became of each append of a batch, in order.
pub(super) type Outcomes = Vec<Result<Appended, AppendError>>;

/// Appends a batch in one round trip. When this returns outcomes, they are committed.
pub(super) async fn submit(connection: &Connection, batch: &[Waiting]) -> Result<Outcomes, tokio_postgres::Error> {
    let arrays = Arrays::of(batch);
    let rows = connection
        .query(
            APPEND_BATCH,
            &[
                &arrays.streams,
                &arrays.expected,
                &arrays.counts,
                &arrays.event_append,
                &arrays.event_offset,
                &arrays.event_stream,
                &arrays.event_ids,
                &arrays.event_types,
                &arrays.event_schema_versions,
                &arrays.event_subjects,
                &arrays.event_objects,
                &arrays.event_metas,
                &arrays.event_payloads,
                &arrays.secret_append,
                &arrays.secret_subjects,
                &arrays.secret_objects,
                &arrays.secret_bytes,
            ],
        )
        .await?;
    outcomes(rows.first().expect("a procedure with OUT parameters returns one row"), batch)
}

fn outcomes(row: &Row, batch: &[Waiting]) -> Result<Outcomes, tokio_postgres::Error> {
    let verdicts: Vec<i16> = row.try_get(0)?;
    let versions: Vec<i32> = row.try_get(1)?;
    let positions: Vec<Option<i64>> = row.try_get(2)?;
    let found_streams: Vec<Option<String>> = row.try_get(3)?;
    assert_eq!(verdicts.len(), batch.len(), "append_batch judges every append");
    let judged = verdicts.into_iter().zip(versions).zip(positions).zip(found_streams);
    Ok(judged
        .zip(batch)
        .map(|((((verdict, version), position), found), waiting)| {
            let version = Version(version.unsigned_abs());
            match verdict {
                2 => Err(AppendError::WrongExpectedVersion { actual: version }),
                3 => Err(AppendError::KeyTaken),
                _ => Ok(Appended {
                    stream: found
                        .and_then(|found| StreamName::new(&found).ok())
                        .unwrap_or_else(|| waiting.append.stream.clone()),
                    version,
                    position: Position(position.expect("what is in the log has a position").unsigned_abs()),
                }),
            }
        })
        .collect())
}
