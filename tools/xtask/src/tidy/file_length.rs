//! A file is one idea: no Rust file is longer than [`LINES_MAX`].

use super::Finding;
use super::tree::Tree;

/// Most files are a fifth of this; at half of it, ask whether it is two ideas.
const LINES_MAX: usize = 800;

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            findings.push(Finding::new(&file.path, 0, format!("{lines} lines; split it (at most {LINES_MAX})")));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn the_limit_itself_is_allowed() {
        let (longest, too_long) = ("\n".repeat(800), "\n".repeat(801));
        let findings = check(&Tree::of(&[("a.rs", &longest), ("b.rs", &too_long)])).unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].path, "b.rs");
    }
}
