//! Who may quote a status, and what becomes of a quote once it is posted. One stream per quoting and quoted status.
//!
//! A stream of its own and not the quoting status's: the quoted author decides, on a server that may know of the request
//! before it knows of the status, and what was decided stays when the status is shown again.

use chronodon_events::AccountId;
use chronodon_events::quote::{QuoteApproved, QuoteEvent, QuoteRejected, QuoteRevoked};
use chronodon_events::remote::QuotePolicy;
use chronodon_events::values::{StatusRef, Visibility};

use crate::{Decider, Refusal};

/// Whether `account` may quote a status of `author` that it may see: one's own in any case, but what only the named may
/// see, nobody; others' by their policy, where all may see the status. `follows`: the account follows the author.
#[must_use]
pub fn may_quote(
    policy: QuotePolicy,
    visibility: Visibility,
    author: AccountId,
    account: AccountId,
    follows: bool,
) -> bool {
    match visibility {
        Visibility::Direct => false,
        _ if author == account => true,
        Visibility::Private => false,
        Visibility::Public | Visibility::Unlisted => match policy {
            QuotePolicy::Public => true,
            QuotePolicy::Followers => follows,
            QuotePolicy::Nobody => false,
        },
    }
}

/// The policy that a status has: what not all may see, nobody else quotes.
#[must_use]
pub fn policy_of(visibility: Visibility, wanted: QuotePolicy) -> QuotePolicy {
    if visibility.is_for_all() { wanted } else { QuotePolicy::Nobody }
}

/// Who may see a status that quotes another of this visibility: what followers alone may see is not carried further.
#[must_use]
pub fn visibility_of_quoting(quoted: Visibility, wanted: Visibility) -> Visibility {
    if quoted.is_for_all() { wanted } else { wanted.max(Visibility::Private) }
}

/// What is said of a quote.
#[derive(Clone, Debug)]
pub enum Command {
    /// Somebody elsewhere asks an author of this server.
    Ask(Request),
    /// The quoted author, who lives elsewhere, agrees by a document that the caller has read and checked. None is needed
    /// to quote oneself.
    Approve {
        /// The status that quotes.
        status: StatusRef,
        /// The status that is quoted.
        quoted: StatusRef,
        /// The document, an address.
        authorization: Option<String>,
    },
    /// The quoted author, who lives elsewhere, refuses, or takes back that it agreed.
    Reject {
        /// The status that quotes.
        status: StatusRef,
        /// The status that is quoted.
        quoted: StatusRef,
        /// The document by which it had agreed, as far as the caller knows.
        authorization: Option<String>,
        /// It had agreed, as far as the caller knows.
        accepted: bool,
    },
    /// The quoted author, who lives here, takes back that it agreed.
    Revoke {
        /// The status that quotes.
        status: StatusRef,
        /// The status that is quoted.
        quoted: StatusRef,
    },
}

/// Somebody elsewhere wants to quote a status of this server.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub account_id: AccountId,
    /// The status that quotes, where it is known here.
    pub status: Option<StatusRef>,
    /// Its address.
    pub uri: String,
    /// The status that is quoted.
    pub quoted: StatusRef,
    /// The request, an address.
    pub request: Option<String>,
    /// The quoted author's policy lets it be quoted.
    pub allowed: bool,
}

/// What the quoted author has said last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing since the status was posted.
    #[default]
    Silent,
    /// Yes, by this document.
    Approved(Option<String>),
    /// No.
    Rejected,
    /// No longer, by this document.
    Revoked(Option<String>),
}

/// Decides about one quote.
#[derive(Debug)]
pub struct Quote;

impl Decider for Quote {
    type Command = Command;
    type Event = QuoteEvent;
    type State = State;

    fn decide(state: &State, command: &Command) -> Result<Vec<QuoteEvent>, Refusal> {
        let events = match command {
            Command::Ask(request) => vec![answer(state, request)],
            Command::Approve { status, quoted, authorization } => match state {
                // What was taken back is not given again by the same document, whenever it is shown.
                State::Approved(known) | State::Revoked(known) if known == authorization => Vec::new(),
                _ => vec![QuoteEvent::Approved(QuoteApproved {
                    status: status.clone(),
                    quoted: quoted.clone(),
                    authorization: authorization.clone(),
                    request: None,
                    again: matches!(state, State::Approved(_)),
                })],
            },
            Command::Reject { status, quoted, authorization, accepted } => match state {
                State::Approved(_) => vec![revoked(state, status, quoted, authorization)],
                State::Silent if *accepted => vec![revoked(state, status, quoted, authorization)],
                State::Silent => vec![QuoteEvent::Rejected(QuoteRejected {
                    account_id: status.account_id,
                    status: Some(status.clone()),
                    uri: None,
                    quoted: quoted.clone(),
                    request: None,
                })],
                State::Rejected | State::Revoked(_) => Vec::new(),
            },
            Command::Revoke { status, quoted } => match state {
                State::Revoked(_) => Vec::new(),
                _ => vec![revoked(state, status, quoted, &None)],
            },
        };
        Ok(events)
    }

    fn evolve(state: State, event: &QuoteEvent) -> State {
        match event {
            QuoteEvent::Approved(e) => State::Approved(e.authorization.clone()),
            QuoteEvent::Rejected(_) if matches!(state, State::Revoked(_)) => state,
            QuoteEvent::Rejected(_) => State::Rejected,
            QuoteEvent::Revoked(e) => State::Revoked(e.authorization.clone()),
        }
    }
}

/// Every request is answered, also one that repeats another: what was agreed to holds whatever the policy is by now, and
/// what was taken back is not given again.
fn answer(state: &State, asked: &Request) -> QuoteEvent {
    let Request { account_id, status, uri, quoted, request, allowed } = asked;
    let again = matches!(state, State::Approved(_));
    let agreed = again || (*allowed && !matches!(state, State::Revoked(_)));
    match status {
        Some(status) if agreed => QuoteEvent::Approved(QuoteApproved {
            status: status.clone(),
            quoted: quoted.clone(),
            authorization: None,
            request: request.clone(),
            again,
        }),
        _ => QuoteEvent::Rejected(QuoteRejected {
            account_id: *account_id,
            status: status.clone(),
            uri: Some(uri.clone()),
            quoted: quoted.clone(),
            request: request.clone(),
        }),
    }
}

fn revoked(state: &State, status: &StatusRef, quoted: &StatusRef, authorization: &Option<String>) -> QuoteEvent {
    let known = match state {
        State::Approved(known) => known.clone(),
        _ => None,
    };
    let authorization = known.or_else(|| authorization.clone());
    QuoteEvent::Revoked(QuoteRevoked { status: status.clone(), quoted: quoted.clone(), authorization })
}

#[cfg(test)]
mod tests {
    use chronodon_events::StatusId;

    use super::*;
    use crate::given;

    const ALICE: AccountId = AccountId(1);
    const BOB: AccountId = AccountId(2);

    fn status(account_id: AccountId, id: i64, account_local: bool) -> StatusRef {
        let status_id = StatusId(id);
        StatusRef { status_id, account_id, account_local, conversation_id: status_id, visibility: Visibility::Public }
    }

    /// Bob, elsewhere, asks Alice.
    fn ask(allowed: bool) -> Command {
        Command::Ask(Request {
            account_id: BOB,
            status: Some(status(BOB, 20, false)),
            uri: "https://b.example/20".to_owned(),
            quoted: status(ALICE, 10, true),
            request: Some("https://b.example/requests/1".to_owned()),
            allowed,
        })
    }

    /// Alice quotes Bob, who says yes by the document of this number.
    fn approve(document: u8) -> Command {
        let authorization = Some(format!("https://b.example/authorizations/{document}"));
        Command::Approve { status: status(ALICE, 11, true), quoted: status(BOB, 21, false), authorization }
    }

    fn reject(accepted: bool) -> Command {
        let (status, quoted) = (status(ALICE, 11, true), status(BOB, 21, false));
        Command::Reject { status, quoted, authorization: None, accepted }
    }

    fn revoke() -> Command {
        Command::Revoke { status: status(BOB, 20, false), quoted: status(ALICE, 10, true) }
    }

    /// The names of what follows from each command in turn.
    fn happens(commands: &[Command]) -> Vec<&'static str> {
        let mut events = Vec::new();
        for command in commands {
            let state = given::<Quote>(events.clone());
            events.extend(Quote::decide(&state, command).expect("never refused"));
        }
        let name = |event: &QuoteEvent| match event {
            QuoteEvent::Approved(e) if e.again => "approved again",
            QuoteEvent::Approved(_) => "approved",
            QuoteEvent::Rejected(_) => "rejected",
            QuoteEvent::Revoked(_) => "revoked",
        };
        events.iter().map(name).collect()
    }

    #[test]
    fn the_policy_answers_and_what_was_agreed_to_holds() {
        assert_eq!(happens(&[ask(false), ask(true), ask(false)]), ["rejected", "approved", "approved again"]);
    }

    #[test]
    fn what_was_taken_back_is_not_given_again_by_asking() {
        let asked = [ask(true), revoke(), ask(true), ask(true), revoke()];
        assert_eq!(happens(&asked), ["approved", "revoked", "rejected", "rejected"]);
    }

    #[test]
    fn a_status_that_is_not_known_is_not_approved() {
        let Command::Ask(request) = ask(true) else { unreachable!() };
        assert_eq!(happens(&[Command::Ask(Request { status: None, ..request })]), ["rejected"]);
    }

    #[test]
    fn a_document_counts_once_and_another_may_follow() {
        assert_eq!(happens(&[approve(1), approve(1), approve(2)]), ["approved", "approved again"]);
        assert_eq!(happens(&[approve(1), reject(true), approve(1), approve(2)]), ["approved", "revoked", "approved"]);
    }

    #[test]
    fn a_refusal_is_final_until_the_author_agrees() {
        assert_eq!(happens(&[reject(false), reject(false), approve(1)]), ["rejected", "approved"]);
        assert_eq!(happens(&[reject(true)]), ["revoked"], "agreed to when it was posted");
    }

    #[test]
    fn a_revocation_names_the_document() {
        let state = given::<Quote>(Quote::decide(&State::Silent, &approve(7)).expect("never refused"));
        let events = Quote::decide(&state, &reject(true)).expect("never refused");
        let [QuoteEvent::Revoked(revoked)] = &events[..] else { panic!("{events:?}") };
        assert_eq!(revoked.authorization.as_deref(), Some("https://b.example/authorizations/7"));
    }

    #[test]
    fn who_may_quote() {
        use QuotePolicy::{Followers, Nobody, Public};
        for (policy, follows, others) in
            [(Public, false, true), (Followers, false, false), (Followers, true, true), (Nobody, true, false)]
        {
            for visibility in [Visibility::Public, Visibility::Unlisted] {
                assert_eq!(may_quote(policy, visibility, ALICE, BOB, follows), others, "{policy:?} {visibility:?}");
            }
            assert!(!may_quote(policy, Visibility::Private, ALICE, BOB, follows));
            assert!(may_quote(policy, Visibility::Private, ALICE, ALICE, false));
            assert!(!may_quote(policy, Visibility::Direct, ALICE, ALICE, follows));
        }
    }

    #[test]
    fn what_few_may_see_stays_among_them() {
        assert_eq!(policy_of(Visibility::Private, QuotePolicy::Public), QuotePolicy::Nobody);
        assert_eq!(policy_of(Visibility::Unlisted, QuotePolicy::Public), QuotePolicy::Public);
        assert_eq!(visibility_of_quoting(Visibility::Private, Visibility::Public), Visibility::Private);
        assert_eq!(visibility_of_quoting(Visibility::Private, Visibility::Direct), Visibility::Direct);
        assert_eq!(visibility_of_quoting(Visibility::Unlisted, Visibility::Public), Visibility::Public);
    }
}
