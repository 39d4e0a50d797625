//! Tag.

use std::collections::HashMap;

use chronodon_projections::core::status_tags::{self, Usage};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::api::error::ApiResult;
use crate::app::App;
use crate::{clock, ids};

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Days of a hashtag's history, today included.
const HISTORY_DAYS: i64 = 7;
/// A status may have an id that is a little older than the time it shows.
const ID_MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// The entity Tag. What depends on the viewer is absent for the anonymous.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Tag {
    pub id: String,
    pub name: String,
    pub url: String,
    pub history: Vec<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featuring: Option<bool>,
}

/// A day in the history of a hashtag; numbers are strings.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Day {
    pub day: String,
    pub accounts: String,
    pub uses: String,
}

/// The hashtags with these keys, in their order: one query. Nobody can follow or feature one yet.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_order(app: &App, logged_in: bool, keys: &[String]) -> ApiResult<Vec<Tag>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let today = clock::now().as_second().div_euclid(DAY_SECONDS);
    let since = Timestamp::from_second((today - HISTORY_DAYS + 1) * DAY_SECONDS).unwrap_or(Timestamp::UNIX_EPOCH);
    let usage = status_tags::usage(&app.reader, keys, since, ids::first_id_at(since - ID_MARGIN)).await?;
    let usage: HashMap<(&str, i64), &Usage> = usage.iter().map(|usage| ((&*usage.tag, usage.day), usage)).collect();
    let tag = |key: &String| {
        let history = (0..HISTORY_DAYS).map(|ago| day(today - ago, usage.get(&(&**key, today - ago)).copied()));
        Tag {
            id: id(key).to_string(),
            name: key.clone(),
            url: app.url(&format!("/tags/{key}")),
            history: history.collect(),
            following: logged_in.then_some(false),
            featuring: logged_in.then_some(false),
        }
    };
    Ok(keys.iter().map(tag).collect())
}

fn day(day: i64, usage: Option<&Usage>) -> Day {
    Day {
        day: (day * DAY_SECONDS).to_string(),
        accounts: usage.map_or(0, |usage| usage.accounts).to_string(),
        uses: usage.map_or(0, |usage| usage.uses).to_string(),
    }
}

/// A number that is always the same for a hashtag: nobody counts them, and clients want one.
fn id(key: &str) -> i64 {
    let digest = Sha256::digest(key.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes) & i64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashtag_keeps_its_number() {
        assert_eq!(id("rust"), id("rust"));
        assert_ne!(id("rust"), id("rusty"));
        assert!(id("rust") > 0 && id("") > 0);
    }
}
