//! Settings from environment variables.

use std::path::PathBuf;

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::ConfigError;

const PREFIX: &str = "CHRONODON_";
/// Names the configuration file.
const CONFIG_FILE: &str = "CHRONODON_CONFIG";
/// Variables of ours that are no settings: the database's programs, and whatever tests need.
const OTHERS: [&str; 3] = ["CHRONODON_LONG", "CHRONODON_POSTGRES_BIN", "CHRONODON_TEST_"];

/// The variables that concern the configuration.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// The file that `CHRONODON_CONFIG` names.
    pub(super) config_file: Option<PathBuf>,
    settings: Vec<(String, String)>,
}

impl Variables {
    /// Picks ours from an environment.
    pub(super) fn sort(environment: Vec<(String, String)>) -> Result<Self, ConfigError> {
        let mut variables = Self::default();
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            if name == CONFIG_FILE {
                variables.config_file = Some(value.into());
            } else if rest.contains("__") {
                variables.settings.push((rest.to_lowercase(), value));
            } else if !OTHERS.iter().any(|other| name.starts_with(other)) {
                return Err(ConfigError::Variable { name });
            }
        }
        Ok(variables)
    }
}

impl Provider for &Variables {
    fn metadata(&self) -> Metadata {
        Metadata::named("the environment").interpolater(|_, keys| {
            format!("{PREFIX}{}", keys.iter().map(|key| key.to_uppercase()).collect::<Vec<_>>().join("__"))
        })
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut sections = Dict::new();
        for (name, text) in &self.settings {
            let (section, key) = name.split_once("__").expect("a setting's variable has two underscores");
            // Numbers, booleans and lists are written as in TOML; everything else is a string as it stands.
            let value = text.parse::<Value>().unwrap_or_else(|never| match never {});
            let section = sections.entry(section.to_owned()).or_insert_with(|| Dict::new().into());
            if let Value::Dict(_, keys) = section {
                keys.insert(key.to_owned(), value);
            }
        }
        Ok(Profile::Default.collect(sections))
    }
}
