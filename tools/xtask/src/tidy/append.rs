//! Only `commands` appends to the log: no other file of the server, and no projection, names the append.
//!
//! The type system holds this too (the log is a private field of `commands`); this rule keeps the field from growing a
//! second owner, or a getter.

use super::Finding;
use super::rust_text::RustText;
use super::tree::Tree;

const MUST_NOT_APPEND: &[&str] = &["projections/src/", "src/"];
const MAY_APPEND: &[&str] = &["src/commands.rs", "src/commands/"];

/// How the append is written where it is used.
const APPENDS: &[&str] = &["log.append(", "log().append(", "EventLog::append", "appender.append("];

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        let lies_in = |places: &[&str]| places.iter().any(|place| file.path.starts_with(place));
        if !lies_in(MUST_NOT_APPEND) || lies_in(MAY_APPEND) {
            continue;
        }
        for (line, code) in RustText::scan(&file.text).numbered_lines() {
            if APPENDS.iter().any(|append| code.contains(append)) {
                findings.push(Finding::new(&file.path, line, "only src/commands appends: issue a command instead"));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn an_append_outside_commands_is_found() {
        let text = "//! x\nself.log.append(request).await?;\nlist.append(&mut more);\n";
        let tree =
            Tree::of(&[("src/api/statuses.rs", text), ("src/commands.rs", text), ("event-log/src/lib.rs", text)]);
        let findings = check(&tree).unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("src/api/statuses.rs", 2));
    }
}
