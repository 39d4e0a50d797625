//! One client calls other servers: no other file of the server names the library that does it.
//!
//! A second client would follow redirects, resolve names and read bodies by rules of its own.

use super::Finding;
use super::rust_text::RustText;
use super::tree::Tree;

const MUST_NOT_CALL: &str = "src/";
const MAY_CALL: &str = "src/federation/egress/";

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        let is_test = file.path.ends_with("/tests.rs");
        if !file.path.starts_with(MUST_NOT_CALL) || file.path.starts_with(MAY_CALL) || is_test {
            continue;
        }
        for (line, code) in RustText::scan(&file.text).numbered_lines() {
            if code.contains("reqwest::") {
                findings.push(Finding::new(
                    &file.path,
                    line,
                    "only src/federation/egress calls out: ask `App::egress`",
                ));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn a_second_client_is_found() {
        let text = "//! x\nlet client = reqwest::Client::new();\n";
        let tree = Tree::of(&[
            ("src/media/fetch.rs", text),
            ("src/media/tests.rs", text),
            ("src/federation/egress/client.rs", text),
            ("tests/it/media.rs", text),
        ]);
        let findings = check(&tree).unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("src/media/fetch.rs", 2));
    }
}
