//! `cargo xtask bench`: builds the server and the load generator, and lets the one measure the other.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, ensure};
use clap::Args;

/// What to measure; see `loadgen --help`.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Build without optimisation, to see that the benchmarks work
    #[arg(long)]
    debug: bool,
    /// Names of benchmarks, and options of loadgen
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(root: &Path, bench: &Bench) -> anyhow::Result<ExitCode> {
    let (profile, directory): (&[&str], _) = if bench.debug { (&[], "debug") } else { (&["--release"], "release") };
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--locked", "--bin", "chronodon", "--bin", "loadgen", "--workspace"]).args(profile);
    ensure!(build.current_dir(root).status()?.success(), "the build failed");
    let programs = root.join("target").join(directory);
    let mut loadgen = Command::new(programs.join("loadgen"));
    loadgen.arg("--server").arg(programs.join("chronodon")).args(["--out", "target/bench"]).args(&bench.arguments);
    let measured = loadgen.current_dir(root).status().context("running loadgen")?;
    Ok(if measured.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
