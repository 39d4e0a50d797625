//! Scopes: what a token may do. `read` covers `read:statuses`; `follow` is the old name of some writes and reads.

/// What the old scope `follow` covers.
const FOLLOW: [&str; 6] = ["read:blocks", "write:blocks", "read:follows", "write:follows", "read:mutes", "write:mutes"];

/// Every scope that can be granted.
pub const KNOWN: [&str; 29] = [
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
    "write:reports",
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

/// What the scopes allow, as a person reads it, in the order of the table.
#[must_use]
pub fn in_words(granted: &[String]) -> Vec<&'static str> {
    let is_granted = |scope: &str| granted.iter().any(|other| other == scope);
    WORDS.iter().filter(|(scope, _)| is_granted(scope)).map(|(_, words)| *words).collect()
}

/// Every scope in words that end "It will be able to …".
const WORDS: [(&str, &str); 29] = [
    ("profile", "see your name and picture, and nothing else"),
    ("read", "read everything you can read, also private posts and messages"),
    ("read:accounts", "see profiles and your account's settings"),
    ("read:blocks", "see whom you block"),
    ("read:bookmarks", "see your bookmarks"),
    ("read:favourites", "see what you like"),
    ("read:filters", "see your filters"),
    ("read:follows", "see whom you follow"),
    ("read:lists", "see your lists"),
    ("read:mutes", "see whom you mute"),
    ("read:notifications", "see your notifications"),
    ("read:search", "search for you"),
    ("read:statuses", "read posts, also private ones"),
    ("write", "post and change everything for you"),
    ("write:accounts", "change your profile"),
    ("write:blocks", "block and unblock people"),
    ("write:bookmarks", "keep posts as bookmarks"),
    ("write:conversations", "mute and delete conversations"),
    ("write:favourites", "like posts for you"),
    ("write:filters", "change your filters"),
    ("write:follows", "follow and unfollow people for you"),
    ("write:lists", "change your lists"),
    ("write:media", "upload files"),
    ("write:mutes", "mute people and conversations"),
    ("write:notifications", "clear your notifications"),
    ("write:reports", "report people to the staff for you"),
    ("write:statuses", "post, edit and delete posts for you"),
    ("follow", "follow, mute and block people for you"),
    ("push", "send you notifications when it is closed"),
];

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
    fn every_scope_has_words() {
        for scope in KNOWN {
            assert_eq!(in_words(&granted(scope)).len(), 1, "{scope}");
        }
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
