//! The one macro that turns a list of wire names into a noun's event enum.

/// Declares a noun's events: `"wire.name" schema_version => Variant(Payload)`. Payloads implement [`crate::Payload`].
macro_rules! event_enum {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($wire:literal $version:literal => $variant:ident($payload:ty),)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $variant($payload),)*
        }

        impl $name {
            /// The current types of this noun.
            pub const TYPES: &'static [$crate::EventType] =
                &[$($crate::EventType { name: $wire, schema_version: $version },)*];

            pub(crate) const fn event_type(&self) -> $crate::EventType {
                match self {
                    $(Self::$variant(_) => $crate::EventType { name: $wire, schema_version: $version },)*
                }
            }

            pub(crate) fn key(&self) -> $crate::KeyId {
                match self {
                    $(Self::$variant(payload) => $crate::Payload::key(payload),)*
                }
            }

            pub(crate) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
                match self {
                    $(Self::$variant(payload) => serde_json::to_vec(payload),)*
                }
            }

            /// `None` when the name is not one of this noun's.
            pub(crate) fn decode(name: &str, json: &[u8]) -> Option<serde_json::Result<Self>> {
                match name {
                    $($wire => Some(serde_json::from_slice(json).map(Self::$variant)),)*
                    _ => None,
                }
            }
        }

        $(impl From<$payload> for $crate::Event {
            fn from(payload: $payload) -> Self {
                $name::$variant(payload).into()
            }
        })*
    };
}
