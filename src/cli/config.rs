//! `chronodon config`.

use clap::Subcommand;

use super::{Exit, Output};
use crate::config::example;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a configuration file with every setting, its meaning and its default
    Example,
}

pub(super) fn run(command: &Command, output: &mut Output) -> anyhow::Result<Exit> {
    match command {
        Command::Example => output.raw(&example())?,
    }
    Ok(Exit::Done)
}
