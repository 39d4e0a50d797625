//! `cargo xtask`: the project's own chores, written in Rust so that they run wherever the project builds.
//!
//! A chore is one module and one line in [`Chore`]. Chores know the source tree; they know nothing of the server's insides.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod tidy;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the Chronodon project")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Measure a release build; figures go to docs/performance.md by hand.
    Bench(bench::Bench),
    /// Check the rules of the house that the compiler does not know.
    Tidy,
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().chore {
        Chore::Bench(bench) => bench::run(&project_root(), &bench),
        Chore::Tidy => tidy::run(&project_root()),
    }
}

/// The root of the workspace, whatever directory the command was given in.
fn project_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two levels below the root").to_path_buf()
}
