//! Declares a section: one struct whose doc comments are also the text of the example file.

/// One setting, as the example file shows it.
pub(super) struct Setting {
    pub(super) key: &'static str,
    /// Lines of the doc comment.
    pub(super) docs: &'static [&'static str],
    /// The default as TOML; nothing for a setting that is absent by default.
    pub(super) default: Option<String>,
    /// What a setting that is absent by default might look like, as TOML.
    pub(super) sample: Option<&'static str>,
}

/// Lists a section's settings for the example file.
pub(super) trait Section {
    const ABOUT: &'static [&'static str];
    fn settings() -> Vec<Setting>;
}

/// `key: Type = default;`, or `key: Option<Type> = None => r#"sample as TOML"#;`.
macro_rules! section {
    ($(#[doc = $about:literal])* $name:ident {
        $($(#[doc = $doc:literal])* $key:ident: $type:ty = $default:expr $(=> $sample:literal)?;)*
    }) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[doc = $doc])* pub $key: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }

        impl $crate::config::section::Section for $name {
            const ABOUT: &'static [&'static str] = &[$($about),*];

            fn settings() -> Vec<$crate::config::section::Setting> {
                let default = Self::default();
                vec![$($crate::config::section::Setting {
                    key: stringify!($key),
                    docs: &[$($doc),*],
                    default: $crate::config::section::toml(&default.$key),
                    sample: None$(.or(Some($sample)))?,
                },)*]
            }
        }
    };
}

pub(super) use section;

/// A default as TOML, in which numbers, booleans, strings and lists of them look as in JSON. Nothing for `None`.
pub(super) fn toml(value: &impl serde::Serialize) -> Option<String> {
    let value = serde_json::to_value(value).expect("settings are plain values");
    (!value.is_null()).then(|| value.to_string())
}
