//! `chronodon federation`: this server among others. A file for each subcommand below.

mod deliveries;
mod fetch;
mod hosts;
mod retry;

use clap::Subcommand;

use super::{Exit, Globals, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show what waits or was given up, or where a status has arrived
    Deliveries(deliveries::Arguments),
    /// Fetch an account or a post of another server, and show what this server makes of it
    Fetch(fetch::Fetch),
    /// Show what is known of other servers
    Hosts,
    /// Try deliveries again now
    Retry(retry::Arguments),
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    match command {
        Command::Deliveries(arguments) => deliveries::run(globals, &arguments, output).await,
        Command::Fetch(fetch) => fetch::run(globals, fetch, output).await,
        Command::Hosts => hosts::run(globals, output).await,
        Command::Retry(arguments) => retry::run(globals, &arguments, output).await,
    }
}
