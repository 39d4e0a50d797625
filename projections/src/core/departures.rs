//! What goes with an account that is deleted, but for what was taken back before, each by an event of its own. Not a read
//! model of its own: a replay after the erasure makes none of these rows.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::account::AccountEvent;
use serde_json::Value;

use super::Core;

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Account(AccountEvent::Deleted(e)) = event else { return };
    core.accounts.want((e.account_id.get(),));
    core.poll_votes.want_where("account_id", e.account_id.get());
    let voted = core.poll_votes.all_where("account_id", e.account_id.get()).map(|vote| vote.status_id);
    for status in voted.collect::<Vec<_>>() {
        core.polls.want((status,));
        core.statuses.want((status,));
    }
}

pub(super) fn apply(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Account(AccountEvent::Deleted(e)) = event else { return };
    let id = e.account_id.get();
    take_votes_back(core, id);
    if core.accounts.get((id,)).is_some_and(|account| account.domain.is_some()) {
        return;
    }
    core.account_domain_blocks.remove_where("account_id", id);
    core.account_notes.remove_where("account_id", id);
    core.authorizations.remove_where("account_id", id);
    core.blocks.remove_where("account_id", id);
    core.bookmarks.remove_where("account_id", id);
    core.conversation_mutes.remove_where("account_id", id);
    core.mutes.remove_where("account_id", id);
    core.notifications.remove_where("account_id", id);
    core.severances.remove_where("account_id", id);
}

/// What is asked here is counted here; what is asked elsewhere, its own server counts.
fn take_votes_back(core: &mut Core, account: i64) {
    let votes = core.poll_votes.all_where("account_id", account).map(|vote| (vote.status_id, vote.choices.clone()));
    for (status, choices) in votes.collect::<Vec<_>>() {
        if core.statuses.get((status,)).is_none_or(|status| !status.local) {
            continue;
        }
        core.polls.update((status,), |poll| {
            for choice in choices.as_array().into_iter().flatten().filter_map(Value::as_u64) {
                if let Some(tally) = usize::try_from(choice).ok().and_then(|choice| poll.tallies.get_mut(choice)) {
                    *tally = Value::from(tally.as_i64().unwrap_or(0) - 1);
                    poll.votes_count -= 1;
                }
            }
            poll.voters_count -= 1;
        });
    }
    core.poll_votes.remove_where("account_id", account);
}
