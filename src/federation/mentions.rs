//! Finds those whom a text written here mentions and who are not known here yet.

use std::time::Duration;

use chronodon_domain::{domain_name, limits, text};
use chronodon_projections::core::accounts;

use super::resolve;
use crate::app::App;

/// How long a person who posts waits for other servers.
const WAIT: Duration = Duration::from_secs(5);

/// Asks other servers for the accounts that `content` mentions, a few at a time and not for long. Who is not found stays
/// plain text.
pub async fn meet(app: &App, content: &str) {
    let mut named: Vec<(String, String)> = Vec::new();
    for mention in text::mentions(content).into_iter().take(limits::STATUS_MENTIONS_MAX) {
        let Some(domain) = mention.domain.as_deref().and_then(domain_name::canonical) else { continue };
        let handle = (mention.username.to_lowercase(), domain);
        if !resolve::is_own_domain(app, &handle.1) && !named.contains(&handle) {
            named.push(handle);
        }
    }
    if named.is_empty() {
        return;
    }
    let Ok(known) = accounts::remote::by_handles(&app.reader, &named).await else { return };
    let is_known = |(name, domain): &(String, String)| {
        known.iter().any(|row| row.username.to_lowercase() == *name && row.domain.as_ref() == Some(domain))
    };
    let unknown = named.iter().filter(|handle| !is_known(handle)).take(limits::STATUS_MENTIONS_FETCHED_MAX);
    let lookups = unknown.map(|(name, domain)| async move {
        let handle = format!("{name}@{domain}");
        if let Err(error) = resolve::handle(app, &handle).await {
            tracing::debug!(handle, %error, "a mention leads nowhere");
        }
    });
    let _ = tokio::time::timeout(WAIT, futures::future::join_all(lookups)).await;
}
