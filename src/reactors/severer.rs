//! Has the follows end that a suspended or hidden domain leaves behind.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::account_domain_block::AccountDomainBlockEvent;
use chronodon_events::domain_policy::{DomainPolicyEvent, Severity};

use super::{Begin, Reaction, Reactor};
use crate::jobs::Job;

pub(super) const REACTOR: Reactor = Reactor { name: "severer", begins: Begin::Head, outward: false, react };

fn react(at: &Recorded, event: &Event) -> Vec<Reaction> {
    match event {
        Event::DomainPolicy(DomainPolicyEvent::Blocked(e)) if e.severity == Severity::Suspend => {
            vec![Reaction::at_once(Job::SeverDomain { position: at.position, part: 0 })]
        }
        Event::AccountDomainBlock(AccountDomainBlockEvent::Created(e)) => {
            let job = Job::SeverHiddenDomain { account_id: e.account_id, position: at.position };
            vec![Reaction::at_once(job)]
        }
        _ => Vec::new(),
    }
}
