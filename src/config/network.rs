//! A network as a setting: a text such as `10.1.0.0/16`.

use std::str::FromStr;

use chronodon_activitypub::egress_policy;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A network in CIDR form, one address by itself included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(pub egress_policy::Network);

impl FromStr for Network {
    type Err = egress_policy::NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
