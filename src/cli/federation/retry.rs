//! `chronodon federation retry`.

use clap::Args;
use serde_json::json;

use crate::cli::opened::with_app;
use crate::cli::{Exit, Globals, Output};
use crate::federation::delivery::{self, queue::Retry};

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct Arguments {
    /// The id of a status, or a host
    what: Option<String>,
    /// Everything that waits or was given up
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(globals: &Globals, arguments: &Arguments, output: &mut Output) -> anyhow::Result<Exit> {
    let retried = with_app(globals, async |app| {
        let what = match arguments.what.as_deref() {
            None => Retry::All,
            Some(what) => what.parse().map_or(Retry::Host(what), Retry::Object),
        };
        delivery::retry(&app, what).await
    })
    .await?;
    output.result(&json!({ "retried": retried }), format!("{retried} will be tried again"))?;
    Ok(Exit::Done)
}
