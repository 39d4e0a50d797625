//! `chronodon federation`: this server among others. A file for each subcommand below.

mod fetch;

use clap::Subcommand;

use super::{Exit, Globals, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch an account or a post of another server, and show what this server makes of it
    Fetch(fetch::Fetch),
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    match command {
        Command::Fetch(fetch) => fetch::run(globals, fetch, output).await,
    }
}
