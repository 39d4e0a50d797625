//! `cargo xtask tidy`: the rules of the house that neither the compiler nor clippy knows.
//!
//! A rule is one file below `tidy/` with one function from the [`Tree`] to its findings, and one line in [`RULES`].
//! A rule must not fix anything, and must not look outside the tree (the golden rule asks git about its history).
//! The same rules run as a test of this crate, so `cargo test` fails where `cargo xtask tidy` would.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

mod append;
mod banned_words;
mod egress;
mod file_length;
mod floors;
mod function_length;
mod golden;
mod headers;
mod rust_text;
mod sql;
mod tree;

use tree::Tree;

type Rule = fn(&Tree) -> anyhow::Result<Vec<Finding>>;

const RULES: &[(&str, Rule)] = &[
    ("append", append::check),
    ("banned words", banned_words::check),
    ("egress", egress::check),
    ("file length", file_length::check),
    ("floors", floors::check),
    ("function length", function_length::check),
    ("golden files", golden::check),
    ("headers", headers::check),
    ("sql", sql::check),
];

/// One breach of one rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// Relative to the root of the project.
    path: String,
    /// Counted from 1; 0 when the finding concerns the whole file.
    line: usize,
    /// What is wrong and what to do instead.
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Prints every finding; the exit code is 1 when there is one.
///
/// # Errors
/// When the tree cannot be read, or cargo or git cannot be asked.
pub fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let report = report(root)?;
    std::io::stderr().write_all(report.as_bytes())?;
    Ok(if report.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line per finding, in the order of [`RULES`]; empty when all is well.
fn report(root: &Path) -> anyhow::Result<String> {
    let tree = Tree::read(root)?;
    let mut lines = String::new();
    for (name, rule) in RULES {
        for finding in rule(&tree)? {
            lines.push_str(&format!("tidy ({name}): {finding}\n"));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_tidy() {
        let report = super::report(&crate::project_root()).unwrap();
        assert!(report.is_empty(), "\n{report}");
    }
}
