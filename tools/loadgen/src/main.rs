//! Drives a server over HTTP and measures it: `cargo xtask bench` builds both for release and calls this.
//!
//! Every figure is a median of rounds, and stands beside a limit that is measured in the same rounds: machines drift, and
//! a ratio says more than a number. A benchmark is a file with a `run`, and a line in [`Name`].

mod append;
mod delivery;
mod driver;
mod fanout;
mod home;
mod idle;
mod inbox;
mod peers;
mod post;
mod replay;
mod report;
mod search;
mod seed;
mod server;
mod stats;
mod world;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use report::Report;
use world::{Size, World};

/// What to measure, with what.
#[derive(Clone, Debug, Parser)]
#[command(about = "Measures a Chronodon server")]
pub(crate) struct Options {
    /// What to measure; all of it where nothing is named
    names: Vec<Name>,
    /// The server's program
    #[arg(long)]
    server: PathBuf,
    /// Where results go, and the data that is measured on
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// How much data
    #[arg(long, value_enum, default_value_t = Size::Medium)]
    size: Size,
    /// How often each figure is taken; the median counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds that a round drives the server
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Serves the bytes of this file and nothing else: the limit of reading
    #[arg(long, hide = true)]
    bare: Option<PathBuf>,
}

/// A benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Events appended to the log
    Append,
    /// Statuses posted
    Post,
    /// Home timelines read
    Home,
    /// Timelines that a post reaches
    Fanout,
    /// Posts from other servers
    Inbox,
    /// A post to many other servers
    Delivery,
    /// Read models rebuilt
    Replay,
    /// Statuses found
    Search,
    /// Memory at rest, and time to start
    Idle,
}

impl Name {
    /// Is measured on the world's data, and not on data of its own.
    const fn is_of_the_world(self) -> bool {
        !matches!(self, Self::Append | Self::Inbox | Self::Delivery)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if let Some(file) = &options.bare {
        return server::serve_bytes(file).await;
    }
    std::fs::create_dir_all(&options.out)?;
    let names = if options.names.is_empty() { Name::value_variants().to_vec() } else { options.names.clone() };
    let world = World::of(&options)?;
    if names.iter().any(|name| name.is_of_the_world()) {
        world.prepare(&options.server).await?;
    }
    for name in names {
        let mut report = Report::new(name, &options);
        match name {
            Name::Append => append::run(&options, &mut report).await?,
            Name::Post => post::run(&options, &world, &mut report).await?,
            Name::Home => home::run(&options, &world, &mut report).await?,
            Name::Fanout => fanout::run(&options, &world, &mut report).await?,
            Name::Inbox => inbox::run(&options, &mut report).await?,
            Name::Delivery => delivery::run(&options, &mut report).await?,
            Name::Replay => replay::run(&options, &world, &mut report).await?,
            Name::Search => search::run(&options, &world, &mut report).await?,
            Name::Idle => idle::run(&options, &world, &mut report).await?,
        }
        report.write(&options.out)?;
    }
    Ok(())
}
