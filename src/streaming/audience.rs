//! Who hears of a status: the subscriptions on whose timelines it stands.

use std::collections::BTreeSet;

use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, ListId};
use chronodon_projections::core::timelines;
use chronodon_projections::memory::graph::Graph;
use chronodon_projections::memory::recent::Facts;
use jiff::Timestamp;

use super::channel::{Channel, From};
use super::registry::Target;
use crate::api::error::ApiResult;
use crate::app::App;
use crate::clock;

/// The subscriptions to timelines on which a status stands now.
pub(super) async fn of_status(app: &App, id: i64, facts: &Facts) -> ApiResult<Vec<Target>> {
    let now = clock::now();
    let listening: Vec<_> =
        users(app).into_iter().filter(|user| concerns(app, *user, facts.author)).map(AccountId::get).collect();
    let mut targets = Vec::new();
    if !listening.is_empty() {
        let viewers = timelines::home_viewers(&app.reader, id, &listening, now).await?;
        let viewers = viewers.into_iter().map(AccountId);
        let viewers = viewers.filter(|viewer| facts.reblog_of.is_none() || !app.homes.repeats(*viewer, id, now));
        targets.extend(viewers.flat_map(|viewer| to(app, &Channel::User(viewer))));
    }
    let lists = lists(app);
    if !lists.is_empty() {
        let shown = timelines::list_viewers(&app.reader, id, &lists, now).await?;
        targets.extend(shown.into_iter().flat_map(|(list, _)| to(app, &Channel::List(ListId(list)))));
    }
    targets.extend(of_public_heard(app, facts, now).await?);
    Ok(targets)
}

/// The subscriptions to timelines on which a status may have stood that is gone now.
pub(super) async fn of_gone(app: &App, facts: &Facts) -> ApiResult<Vec<Target>> {
    let named = |user: AccountId| facts.mentions.contains(&user.get()) || facts.author == user.get();
    let told = users(app)
        .into_iter()
        .filter(|user| named(*user) || (facts.visibility.reaches_followers() && concerns(app, *user, facts.author)));
    let mut targets: Vec<_> = told.flat_map(|user| to(app, &Channel::User(user))).collect();
    let lists = lists(app);
    if !lists.is_empty() && facts.visibility.reaches_followers() {
        let with_author = timelines::lists_with(&app.reader, facts.author, &lists).await?;
        targets.extend(with_author.into_iter().flat_map(|list| to(app, &Channel::List(ListId(list)))));
    }
    targets.extend(of_public(app, facts, clock::now()));
    Ok(targets)
}

/// The subscriptions to conversations in which a direct status was said.
pub(super) fn of_conversation(app: &App, facts: &Facts) -> Vec<Target> {
    if facts.visibility != Visibility::Direct {
        return Vec::new();
    }
    let now = clock::now();
    let taking_part: BTreeSet<_> = facts.mentions.iter().copied().chain([facts.author]).map(AccountId).collect();
    let welcome = taking_part.into_iter().filter(|account| welcomes(&app.graph, *account, facts, now));
    welcome.flat_map(|account| to(app, &Channel::Direct(account))).collect()
}

/// The same as [`of_public`], without what silenced domains say, and without those who hide the author's domain.
async fn of_public_heard(app: &App, facts: &Facts, now: Timestamp) -> ApiResult<Vec<Target>> {
    let mut targets = of_public(app, facts, now);
    if facts.local || targets.is_empty() {
        return Ok(targets);
    }
    let viewers: Vec<_> = targets.iter().map(|target| target.account().get()).collect();
    let hearing = timelines::public_viewers(&app.reader, facts.author, &viewers).await?;
    targets.retain(|target| hearing.contains(&target.account().get()));
    Ok(targets)
}

/// The subscriptions to public timelines and hashtags, without those whose owners want nothing from who wrote it or is
/// named in it, or are blocked by who wrote it.
fn of_public(app: &App, facts: &Facts, now: Timestamp) -> Vec<Target> {
    if facts.visibility != Visibility::Public || facts.reblog_of.is_some() {
        return Vec::new();
    }
    let targets = public_channels(facts).into_iter().flat_map(|channel| to(app, &channel));
    targets.filter(|target| welcomes(&app.graph, target.account(), facts, now)).collect()
}

fn public_channels(facts: &Facts) -> Vec<Channel> {
    let from = if facts.local { From::Local } else { From::Remote };
    let mut channels = Vec::new();
    if !facts.aside {
        for from in [From::All, from] {
            channels.push(Channel::Public { from, media: false });
            channels.extend(facts.media.then_some(Channel::Public { from, media: true }));
        }
    }
    for key in &facts.tags {
        channels.push(Channel::Hashtag { key: key.clone(), local: false });
        channels.extend(facts.local.then(|| Channel::Hashtag { key: key.clone(), local: true }));
    }
    channels
}

fn welcomes(graph: &Graph, viewer: AccountId, facts: &Facts, now: Timestamp) -> bool {
    let author = AccountId(facts.author);
    if viewer == author {
        return true;
    }
    let mut heard = facts.mentions.iter().copied().map(AccountId).filter(|named| *named != viewer).chain([author]);
    !graph.blocks(author, viewer) && heard.all(|other| !graph.blocks(viewer, other) && !graph.mutes(viewer, other, now))
}

/// The accounts that listen to their home timelines.
fn users(app: &App) -> Vec<AccountId> {
    let registry = app.streaming.registry();
    let all = registry.between(Channel::User(AccountId(i64::MIN)), Channel::User(AccountId(i64::MAX)));
    all.filter_map(|channel| if let Channel::User(user) = channel { Some(*user) } else { None }).collect()
}

/// The lists that are listened to.
fn lists(app: &App) -> Vec<i64> {
    let registry = app.streaming.registry();
    let all = registry.between(Channel::List(ListId(i64::MIN)), Channel::List(ListId(i64::MAX)));
    all.filter_map(|channel| if let Channel::List(list) = channel { Some(list.get()) } else { None }).collect()
}

fn to(app: &App, channel: &Channel) -> Vec<Target> {
    app.streaming.registry().to(channel)
}

fn concerns(app: &App, user: AccountId, author: i64) -> bool {
    user.get() == author || app.graph.follows(user, AccountId(author))
}
