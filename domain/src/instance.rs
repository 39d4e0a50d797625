//! The server's own rules. One stream.

use chronodon_events::instance::{InstanceEvent, InstanceRulesChanged, Rule};

use crate::{Decider, Refusal};

/// The rules, in order, as plain texts.
#[derive(Clone, Debug)]
pub struct SetRules(pub Vec<String>);

/// Decides about the server.
#[derive(Debug)]
pub struct Instance;

impl Decider for Instance {
    type Command = SetRules;
    type Event = InstanceEvent;
    type State = Vec<Rule>;

    /// A rule whose text stays keeps its number; new ones get numbers that were never used in the newest list.
    fn decide(rules: &Vec<Rule>, SetRules(texts): &SetRules) -> Result<Vec<InstanceEvent>, Refusal> {
        if rules.iter().map(|rule| &rule.text).eq(texts.iter()) {
            return Ok(Vec::new());
        }
        let mut last = rules.iter().map(|rule| rule.id).max().unwrap_or(0);
        let numbered = texts.iter().map(|text| {
            rules.iter().find(|rule| rule.text == *text).cloned().unwrap_or_else(|| {
                last += 1;
                Rule { id: last, text: text.clone(), hint: String::new() }
            })
        });
        Ok(vec![InstanceEvent::RulesChanged(InstanceRulesChanged { rules: numbered.collect() })])
    }

    fn evolve(_: Vec<Rule>, event: &InstanceEvent) -> Vec<Rule> {
        match event {
            InstanceEvent::RulesChanged(changed) => changed.rules.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;

    fn set(events: Vec<InstanceEvent>, texts: &[&str]) -> Vec<InstanceEvent> {
        let command = SetRules(texts.iter().map(|text| (*text).to_owned()).collect());
        Instance::decide(&given::<Instance>(events), &command).expect("never refused")
    }

    #[test]
    fn the_same_rules_change_nothing() {
        let there = set(Vec::new(), &["Be kind"]);
        assert_eq!(set(there, &["Be kind"]), Vec::new());
        assert_eq!(set(Vec::new(), &[]), Vec::new());
    }

    #[test]
    fn a_rule_that_stays_keeps_its_number() {
        let there = set(Vec::new(), &["Be kind", "No spam"]);
        let InstanceEvent::RulesChanged(changed) = &set(there, &["New", "No spam"])[0];
        let numbers: Vec<_> = changed.rules.iter().map(|rule| rule.id).collect();
        assert_eq!(numbers, [3, 2]);
    }
}
