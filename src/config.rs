//! The configuration: defaults, then one TOML file, then the environment, then the command line; the later wins.
//!
//! A key has one name everywhere: `[server] listen = …` in the file is `CHRONODON_SERVER__LISTEN` in the environment.
//! What a setting means stands in `config/sections.rs` alone, from which `chronodon config example` is made.
//! This module must not open a file other than the configuration, nor a connection.

mod address;
mod environment;
mod example;
mod network;
mod section;
mod sections;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::{Figment, Metadata, Profile};
use serde::{Deserialize, Serialize};

pub use address::is_loopback;
pub use example::example;
pub use network::Network;
pub use sections::{
    Database, Federation, Instance, Log, Media, Oauth, RateLimits, RegistrationMode, Registrations, Scheme, Server,
};

/// The file that is read from the data directory when no other is named.
pub const FILE_NAME: &str = "chronodon.toml";

/// Everything an operator may choose. The fields are the file's sections.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each section's type says what it is")]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub registrations: Registrations,
    pub oauth: Oauth,
    pub rate_limits: RateLimits,
    pub media: Media,
    pub federation: Federation,
    pub instance: Instance,
    pub log: Log,
}

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--data-dir`, for `server.data_dir`.
    pub data_dir: Option<PathBuf>,
    /// `--listen`, for `server.listen`.
    pub listen: Option<SocketAddr>,
    /// `--domain`, for `server.domain`.
    pub domain: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was asked for cannot be read.
    #[error("configuration file {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key that does not exist, or a value of the wrong kind. Says which, and where it came from.
    #[error("{0}")]
    Value(Box<figment::Error>),
    /// An environment variable that looks like a setting and is none.
    #[error(
        "environment variable {name} is not a setting: a section and its key are joined by two underscores, as in \
         CHRONODON_SERVER__LISTEN"
    )]
    Variable {
        /// Its whole name.
        name: String,
    },
    /// A value that makes no sense.
    #[error("{key}: {problem}")]
    Senseless {
        /// The key, with its section.
        key: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl Config {
    /// Reads all sources. Without `file` (`--config`), `CHRONODON_CONFIG` names it, else `chronodon.toml` in the data
    /// directory is read if it is there.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        // A variable that is not Unicode cannot be one of ours.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else { return None };
            Some((name, value))
        });
        Self::load_from(file, environment.collect(), overrides)
    }

    fn load_from(
        file: Option<&Path>,
        environment: Vec<(String, String)>,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        let variables = environment::Variables::sort(environment)?;
        let above = Figment::new().merge(&variables).merge(CommandLine(overrides));
        let file = match file.map(Path::to_owned).or_else(|| variables.config_file.clone()) {
            Some(named) => Some(readable(named)?),
            None => {
                let data_dir = above.extract_inner("server.data_dir").unwrap_or_else(|_| Server::default().data_dir);
                let usual = data_dir.join(FILE_NAME);
                usual.exists().then_some(usual)
            }
        };
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        let config: Self = figment.merge(above).extract().map_err(|error| ConfigError::Value(Box::new(error)))?;
        config.checked()
    }

    /// Refuses what parses and still cannot work, and brings domains into their canonical form.
    fn checked(mut self) -> Result<Self, ConfigError> {
        let server = &mut self.server;
        for (key, domain) in [("server.domain", &mut server.domain), ("server.web_domain", &mut server.web_domain)] {
            if let Some(given) = domain {
                *given = address::canonical(given).map_err(|problem| ConfigError::Senseless { key, problem })?;
            }
        }
        if self.database.pool_size == 0 {
            return Err(ConfigError::Senseless { key: "database.pool_size", problem: "must be at least 1".into() });
        }
        if self.instance.languages.is_empty() {
            let problem = "must name at least one language".into();
            return Err(ConfigError::Senseless { key: "instance.languages", problem });
        }
        Ok(self)
    }

    /// Whether a new address must be confirmed before its account works. As long as there is no way to set up a mail
    /// server, addresses are confirmed at once, whatever `registrations.confirm_email` says.
    #[must_use]
    pub fn confirms_email(&self) -> bool {
        const MAIL_CAN_BE_SENT: bool = false;
        self.registrations.confirm_email && MAIL_CAN_BE_SENT
    }
}

fn readable(path: PathBuf) -> Result<PathBuf, ConfigError> {
    match std::fs::File::open(&path) {
        Ok(_) => Ok(path),
        Err(source) => Err(ConfigError::File { path, source }),
    }
}

/// The overrides as a source of settings.
struct CommandLine<'a>(&'a Overrides);

impl figment::Provider for CommandLine<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named("the command line")
    }

    fn data(&self) -> Result<figment::value::Map<Profile, figment::value::Dict>, figment::Error> {
        let mut server = figment::value::Dict::new();
        let mut set = |key: &str, value: Option<String>| value.map(|value| server.insert(key.into(), value.into()));
        set("data_dir", self.0.data_dir.as_ref().map(|path| path.to_string_lossy().into_owned()));
        set("listen", self.0.listen.map(|address| address.to_string()));
        set("domain", self.0.domain.clone());
        let sections = figment::value::Dict::from([("server".to_owned(), server.into())]);
        Ok(Profile::Default.collect(sections))
    }
}
