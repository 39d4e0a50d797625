//! Every Rust file says first what it is: it opens with `//!`.

use super::Finding;
use super::tree::Tree;

const HOW: &str = "open with `//!`: what this is, what it must not know, how to add one like it";

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let silent = tree.rust_files().filter(|file| !file.text.trim_start().starts_with("//!"));
    Ok(silent.map(|file| Finding::new(&file.path, 1, HOW)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn a_file_without_a_header_is_found() {
        let tree = Tree::of(&[("a.rs", "//! Says it.\n"), ("b.rs", "use std::fmt;\n"), ("c.md", "No Rust.\n")]);
        let findings = check(&tree).unwrap();
        assert_eq!(findings.iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(), ["b.rs"]);
    }
}
