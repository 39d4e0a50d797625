//! Identifiers: 64-bit numbers ordered by time (milliseconds << 16 | sequence), decimal strings in JSON.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// The number, as read models store it.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(IdVisitor).map(Self)
            }
        }
    )*};
}

ids! {
    /// A local or remote account. `0` is the instance itself.
    AccountId;
    /// An OAuth application.
    AppId;
    /// A list of accounts.
    ListId;
    /// A media attachment.
    MediaId;
    /// A notification.
    NotificationId;
    /// A relay.
    RelayId;
    /// A report.
    ReportId;
    /// A severance.
    SeveranceId;
    /// A status or a reblog of one. Its poll and conversation carry the same number.
    StatusId;
    /// An access token.
    TokenId;
}

impl AccountId {
    /// The instance itself, subject of facts that concern no account.
    pub const INSTANCE: Self = Self(0);
}

struct IdVisitor;

impl de::Visitor<'_> for IdVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as a decimal string or a number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
        text.parse().map_err(E::custom).and_then(|id| self.visit_i64(id))
    }

    fn visit_i64<E: de::Error>(self, id: i64) -> Result<i64, E> {
        if id < 0 { Err(E::custom("ids are not negative")) } else { Ok(id) }
    }

    fn visit_u64<E: de::Error>(self, id: u64) -> Result<i64, E> {
        i64::try_from(id).map_err(E::custom)
    }
}
