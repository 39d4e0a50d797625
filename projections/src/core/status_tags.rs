//! Hashtags, and the statuses that carry them.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::status::StatusEvent;
use chronodon_events::values::Hashtag;
use jiff::Timestamp;

use super::Core;
use crate::{ProjectionError, Reader};

row! {
    /// A hashtag (lower-case, without `#`) of a status.
    pub struct StatusTag in "status_tags" {
        key { tag: String, status_id: i64 }
        account_id: i64,
        visibility: String,
        local: bool,
        created_at: Timestamp,
    }
}

row! {
    /// A hashtag that at least one status carries.
    pub struct Tag in "tags" {
        key { tag: String }
        statuses_count: i64,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => want_tags(core, &e.hashtags),
        Event::Status(StatusEvent::Edited(e)) => {
            want_tags(core, &e.hashtags);
            want_status(core, e.status_id.get());
        }
        Event::Status(StatusEvent::Deleted(e)) => want_status(core, e.status_id.get()),
        _ => {}
    }
}

fn want_tags(core: &mut Core, hashtags: &[Hashtag]) {
    hashtags.iter().for_each(|hashtag| core.tags.want((hashtag.key.clone(),)));
}

fn want_status(core: &mut Core, status_id: i64) {
    core.statuses.want((status_id,));
    core.status_tags.want_where("status_id", status_id);
    let tags: Vec<_> = core.status_tags.all_where("status_id", status_id).map(|row| row.tag.clone()).collect();
    tags.into_iter().for_each(|tag| core.tags.want((tag,)));
}

pub(super) fn apply(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => {
            for hashtag in &e.hashtags {
                add(
                    core,
                    StatusTag {
                        tag: hashtag.key.clone(),
                        status_id: e.status_id.get(),
                        account_id: e.account_id.get(),
                        visibility: e.visibility.as_str().to_owned(),
                        local: e.local,
                        created_at: e.created_at,
                    },
                );
            }
        }
        Event::Status(StatusEvent::Edited(e)) => {
            let Some(status) = core.statuses.get((e.status_id.get(),)).cloned() else { return };
            drop_all(core, status.id);
            for hashtag in &e.hashtags {
                add(
                    core,
                    StatusTag {
                        tag: hashtag.key.clone(),
                        status_id: status.id,
                        account_id: status.account_id,
                        visibility: status.visibility.clone(),
                        local: status.local,
                        created_at: status.created_at,
                    },
                );
            }
        }
        Event::Status(StatusEvent::Deleted(e)) => drop_all(core, e.status_id.get()),
        _ => {}
    }
}

fn add(core: &mut Core, row: StatusTag) {
    if core.status_tags.get((row.tag.clone(), row.status_id)).is_none() {
        count(core, &row.tag, 1);
        core.status_tags.put(row);
    }
}

fn drop_all(core: &mut Core, status_id: i64) {
    let tags: Vec<_> = core.status_tags.all_where("status_id", status_id).map(|row| row.tag.clone()).collect();
    for tag in tags {
        count(core, &tag, -1);
        core.status_tags.remove((tag, status_id));
    }
}

/// A tag that nothing carries does not stand: a replay after erasure would not make it.
fn count(core: &mut Core, tag: &str, by: i64) {
    let key = (tag.to_owned(),);
    let statuses_count = core.tags.get(key.clone()).map_or(0, |tag| tag.statuses_count) + by;
    if statuses_count <= 0 {
        core.tags.remove(key);
    } else {
        core.tags.put(Tag { tag: tag.to_owned(), statuses_count });
    }
}

/// How much public statuses used a hashtag on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The hashtag's key.
    pub tag: String,
    /// Whole days since 1970 in UTC.
    pub day: i64,
    /// Statuses.
    pub uses: i64,
    /// Their authors.
    pub accounts: i64,
}

/// How hashtags were used by public statuses from a time on, of which `first_id` is the smallest id.
///
/// # Errors
/// When the database cannot be read.
pub async fn usage(
    reader: &Reader,
    tags: &[String],
    since: Timestamp,
    first_id: i64,
) -> Result<Vec<Usage>, ProjectionError> {
    let sql = "
        SELECT tag, floor(extract(epoch FROM created_at) / 86400)::int8 AS day,
            count(*) AS uses, count(DISTINCT account_id) AS accounts
        FROM status_tags
        WHERE tag = ANY($1) AND visibility = 'public' AND created_at >= $2 AND status_id >= $3
        GROUP BY 1, 2";
    let rows = reader.query(sql, &[&tags, &since, &first_id]).await?;
    let usage = rows.iter().map(|row| Usage {
        tag: row.get("tag"),
        day: row.get("day"),
        uses: row.get("uses"),
        accounts: row.get("accounts"),
    });
    Ok(usage.collect())
}
