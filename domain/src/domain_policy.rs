//! The policy for one domain: a block that covers its subdomains too, and whether it is let in by name. One stream per
//! domain. Names are canonical, see [`crate::domain_name`].

use chronodon_events::domain_policy::{
    DomainAllowed, DomainBlocked, DomainDisallowed, DomainPolicyEvent, DomainUnblocked,
};

use crate::{Decider, Refusal, limits};

/// What staff decides about a domain.
#[derive(Clone, Debug)]
pub struct Command {
    /// Which domain.
    pub domain: String,
    /// Our own.
    pub own_domain: String,
    /// What.
    pub action: Action,
}

/// What staff decides.
#[derive(Clone, Debug)]
pub enum Action {
    /// Let it in by name.
    Allow,
    /// Block it, or block it otherwise than before.
    Block(DomainBlocked),
    /// Let it in by name no more.
    Disallow,
    /// Lift the block.
    Unblock,
}

/// The policy as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The block in force.
    pub block: Option<DomainBlocked>,
    /// Let in by name.
    pub allowed: bool,
}

/// Decides about one domain.
#[derive(Debug)]
pub struct DomainPolicy;

impl Decider for DomainPolicy {
    type Command = Command;
    type Event = DomainPolicyEvent;
    type State = State;

    fn decide(state: &State, command: &Command) -> Result<Vec<DomainPolicyEvent>, Refusal> {
        let domain = command.domain.clone();
        match &command.action {
            Action::Allow if state.allowed => Ok(Vec::new()),
            Action::Allow => Ok(vec![DomainPolicyEvent::Allowed(DomainAllowed { domain })]),
            Action::Disallow if !state.allowed => Err(Refusal::NotFound),
            Action::Disallow => Ok(vec![DomainPolicyEvent::Disallowed(DomainDisallowed { domain })]),
            Action::Block(block) => self::block(state, command, block),
            Action::Unblock if state.block.is_none() => Err(Refusal::NotFound),
            Action::Unblock => Ok(vec![DomainPolicyEvent::Unblocked(DomainUnblocked { domain })]),
        }
    }

    fn evolve(state: State, event: &DomainPolicyEvent) -> State {
        match event {
            DomainPolicyEvent::Allowed(_) => State { allowed: true, ..state },
            DomainPolicyEvent::Blocked(block) => State { block: Some(block.clone()), ..state },
            DomainPolicyEvent::Disallowed(_) => State { allowed: false, ..state },
            DomainPolicyEvent::Unblocked(_) => State { block: None, ..state },
        }
    }
}

fn block(state: &State, command: &Command, block: &DomainBlocked) -> Result<Vec<DomainPolicyEvent>, Refusal> {
    if command.domain == command.own_domain {
        return Err(Refusal::invalid("domain", "ERR_INVALID", "is this server's own"));
    }
    let most = limits::DOMAIN_COMMENT_CHARS_MAX;
    for (field, comment) in [("public_comment", &block.public_comment), ("private_comment", &block.private_comment)] {
        if comment.as_ref().is_some_and(|comment| comment.chars().count() > most) {
            let message = format!("is too long (maximum is {most} characters)");
            return Err(Refusal::invalid(field, "ERR_TOO_LONG", message));
        }
    }
    let said = |comment: &Option<String>| comment.clone().filter(|comment| !comment.trim().is_empty());
    let block = DomainBlocked {
        domain: command.domain.clone(),
        public_comment: said(&block.public_comment),
        private_comment: said(&block.private_comment),
        ..block.clone()
    };
    let is_new = state.block.as_ref() != Some(&block);
    Ok(is_new.then_some(DomainPolicyEvent::Blocked(block)).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use chronodon_events::domain_policy::Severity;

    use super::*;
    use crate::given;

    fn blocked(severity: Severity) -> DomainBlocked {
        DomainBlocked {
            domain: "bad.example".to_owned(),
            severity,
            reject_media: false,
            reject_reports: false,
            public_comment: None,
            private_comment: None,
            obfuscate: false,
        }
    }

    fn decide(events: &[DomainPolicyEvent], action: Action) -> Result<Vec<DomainPolicyEvent>, Refusal> {
        decide_of("bad.example", events, action)
    }

    fn decide_of(
        domain: &str,
        events: &[DomainPolicyEvent],
        action: Action,
    ) -> Result<Vec<DomainPolicyEvent>, Refusal> {
        let command = Command { domain: domain.to_owned(), own_domain: "own.example".to_owned(), action };
        DomainPolicy::decide(&given::<DomainPolicy>(events.to_vec()), &command)
    }

    #[test]
    fn a_block_changes_and_the_same_one_again_changes_nothing() {
        let there = decide(&[], Action::Block(blocked(Severity::Silence))).expect("allowed");
        assert_eq!(there, [DomainPolicyEvent::Blocked(blocked(Severity::Silence))]);
        assert_eq!(decide(&there, Action::Block(blocked(Severity::Silence))), Ok(Vec::new()));
        for other in [
            blocked(Severity::Suspend),
            DomainBlocked { reject_media: true, ..blocked(Severity::Silence) },
            DomainBlocked { public_comment: Some("spam".to_owned()), ..blocked(Severity::Silence) },
        ] {
            let changed = decide(&there, Action::Block(other.clone()));
            assert_eq!(changed, Ok(vec![DomainPolicyEvent::Blocked(other)]));
        }
        let empty = DomainBlocked { public_comment: Some(" ".to_owned()), ..blocked(Severity::Silence) };
        assert_eq!(decide(&there, Action::Block(empty)), Ok(Vec::new()), "an empty comment is none");
    }

    #[test]
    fn only_what_is_there_is_lifted() {
        assert_eq!(decide(&[], Action::Unblock), Err(Refusal::NotFound));
        assert_eq!(decide(&[], Action::Disallow), Err(Refusal::NotFound));
        let mut events = decide(&[], Action::Block(blocked(Severity::Suspend))).expect("allowed");
        events.extend(decide(&events, Action::Unblock).expect("allowed"));
        assert_eq!(events.len(), 2);
        assert_eq!(decide(&events, Action::Unblock), Err(Refusal::NotFound));
    }

    #[test]
    fn a_block_and_leave_to_enter_stand_beside_each_other() {
        let mut events = decide(&[], Action::Allow).expect("allowed");
        assert_eq!(decide(&events, Action::Allow), Ok(Vec::new()));
        events.extend(decide(&events, Action::Block(blocked(Severity::Noop))).expect("allowed"));
        events.extend(decide(&events, Action::Disallow).expect("allowed"));
        let state = given::<DomainPolicy>(events);
        assert!(!state.allowed && state.block.is_some());
    }

    #[test]
    fn our_own_domain_and_long_comments_are_refused() {
        let own = decide_of("own.example", &[], Action::Block(blocked(Severity::Silence)));
        assert!(matches!(own, Err(Refusal::Invalid { field: "domain", .. })));
        let long = Some("a".repeat(limits::DOMAIN_COMMENT_CHARS_MAX + 1));
        let block = DomainBlocked { private_comment: long, ..blocked(Severity::Silence) };
        let refused = decide(&[], Action::Block(block));
        assert!(matches!(refused, Err(Refusal::Invalid { field: "private_comment", .. })));
    }
}
