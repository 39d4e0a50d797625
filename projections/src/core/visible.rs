//! Who may see a status, as a condition of a query over a list. Not a read model of its own.
//!
//! It says what `chronodon_domain::visibility::may_see` says of one status, and a test holds the two together.

/// A condition on the row `status` of `statuses` for the viewer in the parameter `viewer` (such as `$1`, an `int8` that is
/// null for the anonymous). Statuses of accounts that are suspended or not let in are left out for everyone.
///
/// A reblog is judged as what it is, a status of its own; judge the status that it shows as well.
#[must_use]
pub fn visible(status: &str, viewer: &str) -> String {
    format!(
        "(EXISTS (SELECT FROM accounts author
            WHERE author.id = {status}.account_id AND author.approved AND NOT author.suspended)
        AND ({status}.account_id IS NOT DISTINCT FROM {viewer}::int8 OR (
            NOT EXISTS (SELECT FROM blocks
                WHERE blocks.account_id = {status}.account_id AND blocks.target_id = {viewer}::int8)
            AND ({status}.visibility IN ('public', 'unlisted')
                OR ({status}.visibility = 'private' AND EXISTS (SELECT FROM follows
                    WHERE follows.account_id = {viewer}::int8 AND follows.target_id = {status}.account_id))
                OR EXISTS (SELECT FROM status_mentions named
                    WHERE named.status_id = {status}.id AND named.account_id = {viewer}::int8)))))"
    )
}

/// A condition that leaves out statuses by accounts that the viewer blocks or, at the time in the parameter `now`
/// (a `timestamptz`), mutes. For lists that the viewer did not ask for by the author's name.
#[must_use]
pub fn welcome(status: &str, viewer: &str, now: &str) -> String {
    format!(
        "(NOT EXISTS (SELECT FROM blocks
            WHERE blocks.account_id = {viewer}::int8 AND blocks.target_id = {status}.account_id)
        AND NOT EXISTS (SELECT FROM mutes
            WHERE mutes.account_id = {viewer}::int8 AND mutes.target_id = {status}.account_id
            AND (mutes.expires_at IS NULL OR mutes.expires_at > {now}::timestamptz)))"
    )
}
