//! Words that no file of the project may hold: unfinished code, silenced tests, and paths of somebody's machine.

use super::Finding;
use super::tree::{File, Tree};

/// The word (written in two halves, so that this file may hold it) and what to do instead.
const BANNED: &[(&str, &str)] = &[
    (concat!("to", "do!("), "write the code, or leave the feature out"),
    (concat!("unimpl", "emented!("), "write the code, or leave the feature out"),
    (concat!("FIX", "ME"), "fix it, or describe it in an issue"),
    (concat!("TO", "DO:"), "do it, or describe it in an issue"),
    (concat!("#[ig", "nore"), "a test that does not run is no test: guard its long part by CHRONODON_LONG"),
    (concat!("/wo", "rk/"), "name no path of one machine"),
    (concat!("/ro", "ot/"), "name no path of one machine"),
    (concat!("../sha", "red"), "name no path of one machine"),
];

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    Ok(tree.files.iter().filter(|file| !file.is_fixture()).flat_map(check_file).collect())
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.numbered_lines() {
        for (word, advice) in BANNED {
            if holds(line, word) {
                findings.push(Finding::new(&file.path, number, format!("`{word}`: {advice}")));
            }
        }
    }
    findings
}

/// Is the word there, and not the end of a longer path inside the project?
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || matches!(before, '_' | '.' | '}'))
    })
}

#[cfg(test)]
mod tests {
    use super::{Tree, check, holds};

    #[test]
    fn unfinished_code_is_found_and_fixtures_are_not_read() {
        let text = concat!("fn f() { to", "do!() }\n");
        let findings = check(&Tree::of(&[("a.rs", text), ("tests/fixtures/a.rs", text)])).unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("a.rs", 1));
    }

    #[test]
    fn only_whole_words_count() {
        assert!(holds("see /srv/x", "/srv/"));
        assert!(!holds("see target/srv/x", "/srv/"));
    }
}
