//! The command line: one file per noun in `cli/`, each with its `Command` and a `run`.
//!
//! To add a noun: `cli/<noun>.rs`, and one sorted line in each of the three lists here. A command parses, calls what
//! the server itself would call (`commands`, a projection's query), and prints through [`Output`]; it has no SQL and no
//! rules of its own.

mod account;
mod app;
mod backup;
mod config;
mod doctor;
mod domain;
mod emoji;
mod federation;
mod log;
mod logging;
mod opened;
mod output;
mod projections;
mod relay;
mod serve;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use output::{Exit, Output};

use crate::config::{Config, ConfigError, Overrides};

/// A Mastodon server whose only source of truth is an append-only event log.
#[derive(Debug, Parser)]
#[command(name = "chronodon", version, propagate_version = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed or different, 2 wrong usage or configuration, 3 not comparable.";

/// Options of every subcommand, before or after it.
#[derive(Debug, Args)]
struct Globals {
    /// Directory of everything that the server stores [default: data]
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// Configuration file [default: chronodon.toml in the data directory, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON, one object or array, for scripts
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make accounts, let them in or shut them out
    #[command(subcommand)]
    Account(account::Command),
    /// Register apps
    #[command(subcommand)]
    App(app::Command),
    /// Write log, vault, server tables and media into one file; not the master key
    Backup(backup::Command),
    /// Show what can be configured
    #[command(subcommand)]
    Config(config::Command),
    /// Look for what is wrong or will be, each with a remedy
    Doctor(doctor::Command),
    /// Block other servers, let them in by name
    #[command(subcommand)]
    Domain(domain::Command),
    /// Add, remove and list custom emojis
    #[command(subcommand)]
    Emoji(emoji::Command),
    /// See what is sent to other servers and what they publish, and try again
    #[command(subcommand)]
    Federation(federation::Command),
    /// Read the event log
    #[command(subcommand)]
    Log(log::Command),
    /// Look at, rebuild and verify what is folded from the log
    #[command(subcommand)]
    Projections(projections::Command),
    /// Add, remove and list relays
    #[command(subcommand)]
    Relay(relay::Command),
    /// Put a backup into an empty data directory
    Restore(backup::Command),
    /// Run the server
    Serve(serve::Command),
    /// Make, list and revoke access tokens
    #[command(subcommand)]
    Token(token::Command),
}

impl Globals {
    /// Reads the configuration with what this command line says about it.
    fn configuration(&self, overrides: Overrides) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref(), &Overrides { data_dir: self.data_dir.clone(), ..overrides })
    }
}

/// Parses the command line, runs the subcommand, and turns what came of it into an exit code.
#[must_use]
pub fn main() -> ExitCode {
    // clap prints help and mistakes itself, and exits with 0 and 2.
    let cli = Cli::parse();
    let mut output = Output::stdout(cli.globals.json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli, &mut output)),
        Err(error) => Err(error.into()),
    };
    let exit = outcome.unwrap_or_else(|error| output.error(&error));
    exit.into()
}

async fn run(cli: Cli, output: &mut Output) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Account(command) => account::run(&cli.globals, command, output).await,
        Command::App(command) => app::run(&cli.globals, command, output).await,
        Command::Backup(command) => backup::back_up(&cli.globals, &command, output).await,
        Command::Config(command) => config::run(&command, output),
        Command::Doctor(command) => doctor::run(&cli.globals, &command, output).await,
        Command::Domain(command) => domain::run(&cli.globals, command, output).await,
        Command::Emoji(command) => emoji::run(&cli.globals, command, output).await,
        Command::Federation(command) => federation::run(&cli.globals, command, output).await,
        Command::Log(command) => log::run(&cli.globals, command, output).await,
        Command::Projections(command) => projections::run(&cli.globals, command, output).await,
        Command::Relay(command) => relay::run(&cli.globals, command, output).await,
        Command::Restore(command) => backup::restore(&cli.globals, &command, output).await,
        Command::Serve(command) => serve::run(&cli.globals, command).await,
        Command::Token(command) => token::run(&cli.globals, command, output).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_subcommand() {
        for line in ["--data-dir d --json serve --domain a.example", "serve --domain a.example --json --data-dir d"] {
            let cli = Cli::try_parse_from(["chronodon"].into_iter().chain(line.split(' '))).unwrap();
            assert!(cli.globals.json && cli.globals.data_dir.is_some(), "{line}");
        }
    }
}
