//! Scopes: what a token may do. `read` covers `read:statuses`; `follow` is the old name of some writes and reads.

/// What the old scope `follow` covers.
const FOLLOW: [&str; 6] = ["read:blocks", "write:blocks", "read:follows", "write:follows", "read:mutes", "write:mutes"];

/// Every scope that can be granted.
pub const KNOWN: [&str; 28] = [
    "profile",
    "read",
    "read:accounts",
    "read:blocks",
    "read:bookmarks",
    "read:favourites",
    "read:filters",
    "read:follows",
    "read:lists",
    "read:mutes",
    "read:notifications",
    "read:search",
    "read:statuses",
    "write",
    "write:accounts",
    "write:blocks",
    "write:bookmarks",
    "write:conversations",
    "write:favourites",
    "write:filters",
    "write:follows",
    "write:lists",
    "write:media",
    "write:mutes",
    "write:notifications",
    "write:statuses",
    "follow",
    "push",
];

/// The scopes in a text, each once, in order; `+` separates as a space does.
#[must_use]
pub fn parse(text: &str) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(|c: char| c.is_whitespace() || c == '+').filter(|scope| !scope.is_empty()) {
        if scopes.iter().all(|other| other != scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

/// Whether the granted scopes cover `needed`, such as `write:statuses`.
#[must_use]
pub fn cover(granted: &[String], needed: &str) -> bool {
    granted.iter().any(|scope| {
        scope == needed
            || needed.strip_prefix(scope.as_str()).is_some_and(|rest| rest.starts_with(':'))
            || (scope == "follow" && FOLLOW.contains(&needed))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(scopes: &str) -> Vec<String> {
        scopes.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn scopes_are_read_from_text() {
        assert_eq!(parse(" read  write:media+push read "), ["read", "write:media", "push"]);
        assert!(parse("").is_empty());
    }

    #[test]
    fn wide_scopes_cover_narrow_ones_and_never_the_other_way() {
        assert!(cover(&granted("read write"), "write:statuses"));
        assert!(cover(&granted("write:statuses"), "write:statuses"));
        assert!(cover(&granted("follow"), "write:follows"));
        assert!(!cover(&granted("write:statuses"), "write"));
        assert!(!cover(&granted("read"), "write:statuses"));
        assert!(!cover(&granted("write:status"), "write:statuses"));
    }
}
