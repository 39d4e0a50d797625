//! `chronodon doctor`: looks for what is wrong or will be, and says what to do.
//!
//! To add a check: a function in `doctor/` that gives [`Finding`]s, and one line in [`examine`]. A check changes
//! nothing, ends within seconds, and never hides another: each reports its own failure.

mod clock;
mod database;
mod disk;
mod domain;
mod federation;
mod media_tools;
mod secrets;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::{Exit, Globals, Output, logging};
use crate::config::{Config, Overrides};

#[derive(Debug, Args)]
pub(super) struct Command {}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Warning,
    Failed,
}

/// What one check found.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    fn good(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Good, found: found.into(), remedy: None }
    }

    fn warning(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Warning, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn failed(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Failed, found: found.into(), remedy: Some(remedy.into()) }
    }
}

pub(super) async fn run(globals: &Globals, Command {}: &Command, output: &mut Output) -> anyhow::Result<Exit> {
    let config = globals.configuration(Overrides::default())?;
    logging::start(logging::QUIET)?;
    let findings = examine(&config, crate::clock::now()).await;
    output.result(&findings, findings.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    let failed = findings.iter().any(|finding| finding.state == State::Failed);
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

async fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(disk::check(config));
    findings.push(secrets::check(config));
    findings.extend(database::check(config).await);
    findings.push(clock::check(now).await);
    findings.push(domain::check(config).await);
    findings.extend(federation::check(config));
    findings.push(media_tools::check());
    findings
}

fn text(finding: &Finding) -> String {
    let state = match finding.state {
        State::Good => "good",
        State::Warning => "WARNING",
        State::Failed => "FAILED",
    };
    let line = format!("{state:8} {:12} {}", finding.check, finding.found);
    match &finding.remedy {
        Some(remedy) => format!("{line}\n{:22}→ {remedy}", ""),
        None => line,
    }
}
