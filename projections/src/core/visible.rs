//! Who may see a status, as a condition of a query over a list. Not a read model of its own.
//!
//! It says what `chronodon_domain::visibility::may_see` says of one status, and a test holds the two together.

/// A condition on the row `status` of `statuses` for the viewer in the parameter `viewer` (such as `$1`, an `int8` that is
/// null for the anonymous). Statuses of accounts that are not [`shown`] are left out for everyone.
///
/// A reblog is judged as what it is, a status of its own; judge the status that it shows as well.
#[must_use]
pub fn visible(status: &str, viewer: &str) -> String {
    let shown = shown("author");
    format!(
        "(EXISTS (SELECT FROM accounts author WHERE author.id = {status}.account_id AND {shown})
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
/// (a `timestamptz`), mutes, or whose domain it hides. For lists that the viewer did not ask for by the author's name.
#[must_use]
pub fn welcome(status: &str, viewer: &str, now: &str) -> String {
    let hidden = of_hidden_domain(&format!("{status}.account_id"), viewer);
    format!("({} AND NOT {hidden})", not_shunned(status, viewer, now))
}

/// The same for those whom a status names: their domains do not count.
#[must_use]
pub fn not_shunned(status: &str, viewer: &str, now: &str) -> String {
    format!(
        "(NOT EXISTS (SELECT FROM blocks
            WHERE blocks.account_id = {viewer}::int8 AND blocks.target_id = {status}.account_id)
        AND NOT EXISTS (SELECT FROM mutes
            WHERE mutes.account_id = {viewer}::int8 AND mutes.target_id = {status}.account_id
            AND (mutes.expires_at IS NULL OR mutes.expires_at > {now}::timestamptz)))"
    )
}

/// A condition on the row `account` of `accounts`: what it has said may be shown, to those who may see that. Neither it
/// nor its domain is suspended, and it was let in.
#[must_use]
pub fn shown(account: &str) -> String {
    format!("({account}.approved AND NOT {})", suspended(account))
}

/// A condition on the row `account` of `accounts`: it is suspended, or its domain is.
#[must_use]
pub fn suspended(account: &str) -> String {
    format!("({account}.suspended OR {})", of_suspended_host(account))
}

/// A condition on the row `account` of `accounts`: it is of a domain that is suspended as a whole.
#[must_use]
pub fn of_suspended_host(account: &str) -> String {
    of_host(account, "suspend")
}

/// A condition that leaves out what silenced domains say, but for the viewer who follows the account whose id is in the
/// expression `author`. For lists that the viewer did not ask for by the author's name.
#[must_use]
pub fn heard(author: &str, viewer: &str) -> String {
    format!(
        "({} OR EXISTS (SELECT FROM follows known
            WHERE known.account_id = {viewer}::int8 AND known.target_id = {author}))",
        listed(author)
    )
}

/// A condition that leaves out what silenced domains say, for everyone: such an account, whose id is in the expression
/// `author`, stands on no public timeline.
#[must_use]
pub fn listed(author: &str) -> String {
    format!("NOT EXISTS (SELECT FROM accounts quiet WHERE quiet.id = {author} AND {})", of_host("quiet", "silence"))
}

/// Whether the viewer hides the domain of the account whose id is in the expression `author`.
#[must_use]
pub fn of_hidden_domain(author: &str, viewer: &str) -> String {
    format!(
        "EXISTS (SELECT FROM account_domain_blocks hides
            WHERE hides.account_id = {viewer}::int8
            AND hides.domain = (SELECT lower(other.domain) FROM accounts other WHERE other.id = {author}))"
    )
}

/// Whether the nearest block that covers the account's host has this severity. Local accounts cost nothing here, others
/// a look at the key of each domain that their host is part of.
fn of_host(account: &str, severity: &str) -> String {
    format!(
        "(CASE WHEN {account}.domain IS NULL THEN false ELSE coalesce((
            SELECT policy.severity = '{severity}' FROM domain_policies policy
            WHERE policy.domain = ANY({account}.domain_parents) AND policy.severity IS NOT NULL
            ORDER BY length(policy.domain) DESC LIMIT 1), false) END)"
    )
}
