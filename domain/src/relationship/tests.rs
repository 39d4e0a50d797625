//! Given, when, then of pairs of accounts, and what holds of any pair whatever is asked.

use proptest::prelude::*;

use super::*;
use crate::given;

const ALICE: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);

/// Carries out commands one after the other; those that are refused change nothing.
fn after(commands: &[Command]) -> State {
    commands.iter().fold(State::default(), |state, command| step(state, command).0)
}

fn step(state: State, command: &Command) -> (State, Result<usize, Refusal>) {
    match Relationship::decide(&state, command) {
        Ok(events) => {
            let count = events.len();
            (events.iter().fold(state, Relationship::evolve), Ok(count))
        }
        Err(refusal) => (state, Err(refusal)),
    }
}

fn alice(action: Action) -> Command {
    Command { by: ALICE, target: BOB, action, uri: None }
}

fn bob(action: Action) -> Command {
    Command { by: BOB, target: ALICE, action, uri: None }
}

fn follow() -> Action {
    Action::Follow(Follow { account_local: true, target_local: true, ..Follow::default() })
}

fn ask() -> Action {
    Action::Follow(Follow { target_locked: true, account_local: true, target_local: true, ..Follow::default() })
}

fn names(events: &[RelationshipEvent]) -> Vec<&'static str> {
    events.iter().map(|event| chronodon_events::Event::from(event.clone()).event_type().name).collect()
}

#[test]
fn following_twice_is_following_once() {
    let state = after(&[alice(follow())]);
    assert_eq!(state.side(ALICE, BOB).follow, Some(Shown::new(true, false, &[])));
    assert_eq!(step(state, &alice(follow())).1, Ok(0));
}

#[test]
fn following_otherwise_changes_what_is_asked_and_keeps_the_rest() {
    let change = |follow| alice(Action::Follow(follow));
    let quiet = change(Follow { reblogs: Some(false), languages: Some(vec!["de".to_owned()]), ..Follow::default() });
    let bell = change(Follow { notify: Some(true), ..Follow::default() });
    let state = after(&[alice(follow()), quiet, bell]);
    assert_eq!(state.side(ALICE, BOB).follow, Some(Shown::new(false, true, &["de".to_owned()])));
}

#[test]
fn a_locked_account_is_asked_and_answers() {
    let asked = after(&[alice(ask())]);
    assert!(asked.side(ALICE, BOB).follow.is_none() && asked.side(ALICE, BOB).request.is_some());
    let accepted = Relationship::decide(&asked, &bob(Action::AcceptRequest)).expect("nothing against it");
    assert!(matches!(&accepted[..], [RelationshipEvent::FollowCreated(e)] if e.requested && e.account_id == ALICE));
    assert_eq!(step(asked.clone(), &alice(Action::AcceptRequest)).1, Ok(0), "nobody accepts their own request");
    let rejected = after(&[alice(ask()), bob(Action::RejectRequest)]);
    assert_eq!(rejected, State::default());
}

#[test]
fn unfollowing_withdraws_a_request() {
    let asked = after(&[alice(ask())]);
    let events = Relationship::decide(&asked, &alice(Action::Unfollow)).expect("one's own");
    assert_eq!(names(&events), ["follow.request_withdrawn"]);
}

#[test]
fn a_request_that_waits_takes_other_options() {
    let bell = Action::Follow(Follow { notify: Some(true), target_locked: true, ..Follow::default() });
    let state = after(&[alice(ask()), alice(bell), bob(Action::AcceptRequest)]);
    assert_eq!(state.side(ALICE, BOB).follow, Some(Shown::new(true, true, &[])));
}

#[test]
fn who_follows_too_many_changes_and_ends_follows_but_begins_none() {
    let full = |notify| alice(Action::Follow(Follow { full: Some(7), notify: Some(notify), ..Follow::default() }));
    assert!(step(State::default(), &full(false)).1.is_err());
    assert_eq!(step(after(&[alice(follow())]), &full(true)).1, Ok(1));
}

#[test]
fn a_block_ends_all_follows_and_requests_in_one_append() {
    let friends = after(&[alice(follow()), bob(follow())]);
    let events = Relationship::decide(&friends, &alice(Action::Block)).expect("anybody may block");
    assert_eq!(names(&events), ["block.created", "follow.removed", "follow.removed"]);
    let asking = after(&[alice(ask()), bob(ask())]);
    let events = Relationship::decide(&asking, &alice(Action::Block)).expect("anybody may block");
    assert_eq!(names(&events), ["block.created", "follow.request_withdrawn", "follow.request_rejected"]);
    assert_eq!(given::<Relationship>(events).side(ALICE, BOB).request, None);
}

#[test]
fn nobody_follows_across_a_block() {
    let blocked = after(&[alice(Action::Block)]);
    for command in [alice(follow()), bob(follow()), bob(ask())] {
        assert_eq!(step(blocked.clone(), &command).1, Err(Refusal::Forbidden("")));
    }
    let (state, followed) = step(after(&[alice(Action::Block), alice(Action::Unblock)]), &bob(follow()));
    assert_eq!(followed, Ok(1));
    assert!(state.side(BOB, ALICE).follow.is_some());
}

#[test]
fn muting_again_changes_how() {
    let mute = |notifications| alice(Action::Mute { notifications, expires_at: None });
    let state = after(&[mute(true)]);
    assert_eq!(step(state.clone(), &mute(true)).1, Ok(0));
    let (state, changed) = step(state, &mute(false));
    assert_eq!(changed, Ok(1));
    assert_eq!(state.side(ALICE, BOB).mute, Some(Mute { notifications: false, expires_at: None }));
}

#[test]
fn nothing_begins_between_an_account_and_itself() {
    let own = |action| Command { by: ALICE, target: ALICE, action, uri: None };
    let mute = Action::Mute { notifications: true, expires_at: None };
    assert_eq!(step(State::default(), &own(follow())).1, Err(Refusal::NotFound));
    for action in [Action::Block, mute, Action::Unfollow, Action::RemoveFollower] {
        assert_eq!(step(State::default(), &own(action)).1, Ok(0));
    }
    assert_eq!(step(State::default(), &own(Action::SetNote { comment: "me".to_owned() })).1, Ok(1));
}

#[test]
fn notes_have_bounds() {
    let note = |length| alice(Action::SetNote { comment: "é".repeat(length) });
    assert!(step(State::default(), &note(limits::ACCOUNT_NOTE_CHARS_MAX + 1)).1.is_err());
    assert_eq!(step(State::default(), &note(limits::ACCOUNT_NOTE_CHARS_MAX)).1, Ok(1));
    assert_eq!(step(after(&[note(1)]), &alice(Action::SetNote { comment: " ".to_owned() })).1, Ok(1));
}

#[test]
fn languages_are_codes() {
    let only = |code: &str| {
        let languages = Some(vec![code.to_owned(), code.to_owned()]);
        alice(Action::Follow(Follow { languages, target_local: true, ..Follow::default() }))
    };
    assert_eq!(after(&[only("pt-BR")]).side(ALICE, BOB).follow, Some(Shown::new(true, false, &["pt-BR".to_owned()])));
    assert!(step(State::default(), &only("english, please")).1.is_err());
}

fn action() -> impl Strategy<Value = Action> {
    let languages = prop::option::of(prop::sample::subsequence(vec!["de".to_owned(), "en".to_owned()], 0..=2));
    let follow = (any::<Option<bool>>(), any::<Option<bool>>(), languages, any::<bool>()).prop_map(
        |(reblogs, notify, languages, target_locked)| {
            Action::Follow(Follow {
                reblogs,
                notify,
                languages,
                target_locked,
                full: None,
                account_local: true,
                target_local: true,
            })
        },
    );
    let mute = (any::<bool>(), prop::option::of(0_i64..3)).prop_map(|(notifications, expires)| Action::Mute {
        notifications,
        expires_at: expires.map(|second| Timestamp::from_second(second).expect("in range")),
    });
    prop_oneof![
        4 => follow,
        1 => Just(Action::Unfollow),
        2 => Just(Action::AcceptRequest),
        1 => Just(Action::RejectRequest),
        1 => Just(Action::RemoveFollower),
        1 => Just(Action::Block),
        2 => Just(Action::Unblock),
        1 => mute,
        1 => Just(Action::Unmute),
        1 => "[ab]?".prop_map(|comment| Action::SetNote { comment }),
    ]
}

/// What must hold of any pair at any time.
fn holds(state: &State) -> bool {
    let sides = [&state.lower, &state.higher];
    let blocked = sides.iter().any(|side| side.blocks);
    let bound = |side: &&Side| side.follow.is_some() || side.request.is_some();
    let both = |side: &&Side| side.follow.is_some() && side.request.is_some();
    let across = blocked && sides.iter().any(bound);
    !across && !sides.iter().any(both)
}

/// What only the account itself can bring about.
fn own_matters(side: &Side) -> (bool, Option<Mute>, String) {
    (side.blocks, side.mute, side.note.clone())
}

proptest! {
    #[test]
    fn whatever_is_asked(steps in prop::collection::vec((any::<bool>(), action()), 0..60)) {
        let mut state = State::default();
        for (by_alice, action) in steps {
            let command = if by_alice { alice(action) } else { bob(action) };
            let (by, target) = (command.by, command.target);
            let before = state.clone();
            let (now, decided) = step(state, &command);
            prop_assert!(holds(&now), "{command:?} led from {before:?} to {now:?}");
            prop_assert_eq!(now == before, decided.clone().unwrap_or(0) == 0, "an event changes something");
            prop_assert_eq!(own_matters(now.side(target, by)), own_matters(before.side(target, by)));
            if before.side(target, by).follow.is_none() && now.side(target, by).follow.is_some() {
                prop_assert!(matches!(command.action, Action::AcceptRequest), "only a request makes others follow");
            }
            if decided.is_ok() {
                let (again, repeated) = step(now.clone(), &command);
                prop_assert_eq!(repeated, Ok(0), "asking for what already is");
                prop_assert_eq!(&again, &now);
            }
            state = now;
        }
    }
}
