//! Where the program's own log goes: standard error, filtered by `log.level`.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Commands that end by themselves tell only of what is wrong.
pub(super) const QUIET: &str = "warn";

/// Sets the log up once for the process. `level` is as `log.level` in the configuration.
pub(super) fn start(level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level).with_context(|| format!("log.level: {level:?} is not understood"))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let subscriber = subscriber.with_ansi(std::io::stderr().is_terminal());
    let started = subscriber.try_init();
    started.map_err(|error| anyhow::anyhow!("the log was set up before: {error}"))
}
