//! The statuses of one account, as its profile shows them to a viewer. Not a read model of its own.

use chronodon_events::AccountId;
use jiff::Timestamp;

use super::visible::{visible, welcome};
use crate::{ProjectionError, Reader};

/// Which statuses of an account.
#[derive(Clone, Debug)]
pub struct Filter<'a> {
    /// Whose.
    pub account: AccountId,
    /// Who looks; none: the anonymous.
    pub viewer: Option<AccountId>,
    /// With media of their own.
    pub only_media: bool,
    /// No answers to others; those to oneself stay.
    pub exclude_replies: bool,
    /// No reblogs.
    pub exclude_reblogs: bool,
    /// Those on top of the profile, last pinned first.
    pub pinned: bool,
    /// With this hashtag, by its key.
    pub tagged: Option<&'a str>,
}

/// Which part of them, by their ids.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Only smaller ids.
    pub below: Option<i64>,
    /// Only greater ids.
    pub above: Option<i64>,
    /// The oldest of that range, in that order, rather than the newest.
    pub oldest: bool,
    /// Most ids.
    pub limit: usize,
}

/// The ids of the statuses that the viewer may see. Reblogs of accounts that the viewer blocks or mutes at `now` are
/// left out, like those of statuses that the viewer may not see.
///
/// # Errors
/// When the database cannot be read.
pub async fn ids(
    reader: &Reader,
    filter: &Filter<'_>,
    part: Part,
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    let limit = i64::try_from(part.limit).unwrap_or(i64::MAX);
    let viewer = filter.viewer.map(AccountId::get);
    let rows = reader
        .query(
            &sql(filter, part.oldest),
            &[&filter.account.get(), &viewer, &now, &part.below, &part.above, &limit, &filter.tagged],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// One text for each combination of filters, so that each has a plan of its own.
fn sql(filter: &Filter<'_>, oldest: bool) -> String {
    let mut conditions = vec![
        "s.account_id = $1".to_owned(),
        "($4::int8 IS NULL OR s.id < $4) AND ($5::int8 IS NULL OR s.id > $5)".to_owned(),
        visible("s", "$2"),
        format!(
            "(s.reblog_of_id IS NULL OR EXISTS (SELECT FROM statuses shown
                WHERE shown.id = s.reblog_of_id AND {} AND {}))",
            visible("shown", "$2"),
            welcome("shown", "$2", "$3")
        ),
        "($7::text IS NULL OR EXISTS (SELECT FROM status_tags WHERE tag = $7 AND status_id = s.id))".to_owned(),
    ];
    let mut wanted = |wanted: bool, condition: &str| {
        if wanted {
            conditions.push(condition.to_owned());
        }
    };
    wanted(filter.only_media, "jsonb_array_length(s.media_ids) > 0");
    wanted(filter.exclude_replies, "(s.in_reply_to_id IS NULL OR s.in_reply_to_account_id = s.account_id)");
    wanted(filter.exclude_reblogs, "s.reblog_of_id IS NULL");
    let (pins, order) = match (filter.pinned, oldest) {
        (true, _) => ("JOIN pins ON pins.account_id = s.account_id AND pins.status_id = s.id", "pins.position DESC"),
        (false, true) => ("", "s.id ASC"),
        (false, false) => ("", "s.id DESC"),
    };
    format!("SELECT s.id FROM statuses s {pins} WHERE {} ORDER BY {order} LIMIT $6", conditions.join(" AND "))
}
