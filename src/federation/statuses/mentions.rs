//! Whom a status mentions. Those who are known are found at once; of the others, a few are fetched.

use std::collections::{HashMap, HashSet};

use chronodon_activitypub::object::Object;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::limits;
use chronodon_events::AccountId;
use chronodon_events::values::{Mention, Visibility};
use chronodon_projections::core::accounts::{self, Account};
use futures::StreamExt;

use crate::app::App;
use crate::federation::own::{self, Own};
use crate::federation::resolve::{self, Budget, Freshness, ResolveError};

/// Fetches of one status at a time.
const AT_ONCE_MAX: usize = 4;

/// Each once, in order. People here who get a status that is not for everybody are mentioned by it, so that they see it.
pub(super) async fn find(
    app: &App,
    object: &Object,
    visibility: Visibility,
    budget: &Budget,
) -> Result<Vec<Mention>, ResolveError> {
    let mut named: Vec<Uri> =
        object.mentions.iter().map(|mention| mention.href.clone()).take(limits::REMOTE_STATUS_MENTIONS_MAX).collect();
    if visibility >= Visibility::Private {
        let addressed = object.to.iter().chain(&object.cc).filter_map(|to| Uri::parse(to, app.egress.rules()).ok());
        let addressed = addressed.filter(|uri| matches!(own::read(app, uri), Some(Own::Account(_))));
        named.extend(addressed.take(limits::REMOTE_STATUS_MENTIONS_MAX));
    }
    let mut found = known(app, &named).await?;
    let unknown: Vec<&Uri> = named.iter().filter(|uri| !found.contains_key(uri.as_str())).collect();
    found.extend(fetched(app, &unknown, budget).await?);
    let mut seen = HashSet::new();
    let accounts = named.iter().filter_map(|uri| found.get(uri.as_str()));
    Ok(accounts.filter(|account| seen.insert(account.id)).map(|account| mention(app, account)).collect())
}

pub(crate) fn mention(app: &App, account: &Account) -> Mention {
    let local = account.domain.is_none();
    let own = || format!("{}/@{}", app.base_url, account.username);
    Mention {
        account_id: AccountId(account.id),
        username: account.username.clone(),
        domain: account.domain.clone(),
        url: account.url.clone().filter(|_| !local).unwrap_or_else(own),
        local,
    }
}

/// Those that are in our tables, by the address that names them; local and remote in one query each.
async fn known(app: &App, named: &[Uri]) -> Result<HashMap<String, Account>, ResolveError> {
    let (mut names, mut uris) = (Vec::new(), Vec::new());
    for uri in named {
        match own::read(app, uri) {
            Some(Own::Account(name)) => names.push((uri.to_string(), name.to_lowercase())),
            Some(_) => {}
            None => uris.push(uri.to_string()),
        }
    }
    let mut found = HashMap::new();
    if !names.is_empty() {
        let asked: Vec<String> = names.iter().map(|(_, name)| name.clone()).collect();
        let rows = accounts::by_local_usernames(&app.reader, &asked).await?;
        for (uri, name) in names {
            let row = rows.iter().find(|row| row.username.to_lowercase() == name);
            found.extend(row.map(|row| (uri, row.clone())));
        }
    }
    if !uris.is_empty() {
        let rows = accounts::remote::by_uris(&app.reader, &uris).await?;
        found.extend(rows.into_iter().filter_map(|row| Some((row.uri.clone()?, row))));
    }
    Ok(found)
}

async fn fetched(app: &App, unknown: &[&Uri], budget: &Budget) -> Result<Vec<(String, Account)>, ResolveError> {
    let elsewhere = unknown.iter().filter(|uri| own::read(app, uri).is_none());
    let tried: Vec<Uri> = elsewhere
        .take(limits::REMOTE_STATUS_MENTIONS_FETCHED_MAX)
        .take_while(|_| budget.spend().is_ok())
        .map(|uri| (*uri).clone())
        .collect();
    let fetches = futures::stream::iter(tried).map(|uri| async move {
        let found = resolve::actor(app, &uri, Freshness::Any).await;
        (uri.to_string(), found)
    });
    let answers: Vec<_> = fetches.buffered(AT_ONCE_MAX).collect().await;
    let mut found = Vec::new();
    for (uri, answer) in answers {
        match answer {
            Ok(account) => found.push((uri, account)),
            Err(error) if error.is_fault() => return Err(error),
            Err(_) => {}
        }
    }
    Ok(found)
}
