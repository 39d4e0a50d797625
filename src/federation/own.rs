//! What an address of ours names. Addresses of our own are never fetched: what they name is in our tables, or nowhere.

use chronodon_activitypub::uri::Uri;
use chronodon_events::StatusId;

use crate::app::App;

/// What an address of ours names, whether it is there or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Own {
    /// An account, by its username.
    Account(String),
    /// A status.
    Status(StatusId),
    /// The request of a status of ours to quote, by that status.
    QuoteRequest(StatusId),
    /// Anything else.
    Other,
}

/// What the address names; none where it is another server's.
#[must_use]
pub fn read(app: &App, uri: &Uri) -> Option<Own> {
    read_below(&app.base_url, uri.as_str())
}

fn read_below(base_url: &str, uri: &str) -> Option<Own> {
    let path = uri.strip_prefix(base_url).filter(|path| path.is_empty() || path.starts_with(['/', '?', '#']))?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let by_status = |id: &str, own: fn(StatusId) -> Own| id.parse().map_or(Own::Other, own);
    let status = |id| by_status(id, Own::Status);
    Some(match *parts {
        ["users", name] => Own::Account(name.to_owned()),
        ["users", _, "statuses", id] => status(id),
        ["users", _, "quote_requests", id] => by_status(id, Own::QuoteRequest),
        [name] if name.starts_with('@') => Own::Account(name[1..].to_owned()),
        [name, id] if name.starts_with('@') => status(id),
        _ => Own::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_and_statuses_have_two_addresses_each() {
        let read = |uri| read_below("https://a.example", uri);
        let (alice, status) = (Some(Own::Account("alice".to_owned())), Some(Own::Status(StatusId(7))));
        assert_eq!((read("https://a.example/users/alice"), read("https://a.example/@alice")), (alice.clone(), alice));
        assert_eq!(
            (read("https://a.example/users/a/statuses/7"), read("https://a.example/@a/7")),
            (status.clone(), status)
        );
        let asked = read("https://a.example/users/a/quote_requests/7");
        assert_eq!(asked, Some(Own::QuoteRequest(StatusId(7))));
        for other in ["https://a.example", "https://a.example/users/alice/inbox", "https://a.example/@a/x"] {
            assert_eq!(read(other), Some(Own::Other), "{other}");
        }
        for foreign in ["https://a.example.org/users/alice", "https://a.example:8443/@a", "http://a.example/@a"] {
            assert_eq!(read(foreign), None, "{foreign}");
        }
    }
}
