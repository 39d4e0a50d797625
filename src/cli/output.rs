//! The only place that writes to standard output: text for people, or JSON for scripts.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::config::ConfigError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; equal.
    Done,
    /// Failed; different.
    Failed,
    /// The command line or the configuration makes no sense.
    Usage,
    /// A comparison has no answer.
    NotComparable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NotComparable => 3,
        })
    }
}

/// Standard output. Errors and progress go to standard error instead, so that a script can read this.
pub struct Output {
    json: bool,
    out: Box<dyn Write + Send>,
}

impl Output {
    pub(super) fn stdout(json: bool) -> Self {
        Self { json, out: Box::new(io::stdout()) }
    }

    /// Whether JSON was asked for.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Prints as it stands, whatever was asked for: for what is a file by itself.
    pub fn raw(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Prints a result: `text` for people, `value` as one line of JSON for scripts.
    pub fn result(&mut self, value: &impl Serialize, text: impl Display) -> io::Result<()> {
        if self.json {
            serde_json::to_writer(&mut self.out, value)?;
            writeln!(self.out)?;
        } else {
            writeln!(self.out, "{}", text.to_string().trim_end_matches('\n'))?;
        }
        self.out.flush()
    }

    /// Tells of an error on standard error, and says how the program ends.
    pub(super) fn error(&self, error: &anyhow::Error) -> Exit {
        // Whoever reads our output has seen enough, as in `… | head`.
        let broken_pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
        if error.downcast_ref::<io::Error>().is_some_and(broken_pipe) {
            return Exit::Done;
        }
        let message = format!("{error:#}");
        let line =
            if self.json { serde_json::json!({"error": message}).to_string() } else { format!("error: {message}") };
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(io::stderr(), "{line}");
        if error.is::<ConfigError>() { Exit::Usage } else { Exit::Failed }
    }
}
