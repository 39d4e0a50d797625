//! The server's own rules.

use serde::{Deserialize, Serialize};

use crate::{KeyId, Payload};

event_enum! {
    /// What can happen to the server itself.
    pub enum InstanceEvent {
        "instance.rules_changed" 1 => RulesChanged(InstanceRulesChanged),
    }
}

/// The rules, whole, as they are now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceRulesChanged {
    /// In order.
    pub rules: Vec<Rule>,
}

impl Payload for InstanceRulesChanged {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// A rule of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Stable number.
    pub id: i64,
    /// The rule.
    pub text: String,
    /// A longer explanation.
    pub hint: String,
}
