//! Golden files are never edited: what lies in `events/golden` is what was first committed there.
//!
//! Each is one stored event of one type and version. A log written years ago holds events of that shape, so a changed
//! example means a changed contract: add the next version and an upcaster instead. Git is asked for the first commit of
//! each file; without git (a tarball) there is no history, and the rule is skipped. That every type and version has a
//! golden file is a test of the `events` crate.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::ensure;

use super::Finding;
use super::tree::Tree;

const GOLDEN: &str = "events/golden";

/// Rewritten on purpose before the first release, when no log held such an event. Closed from then on.
const REWRITTEN_BEFORE_THE_FIRST_RELEASE: &[&str] = &[
    "events/golden/notifications.cleared.v1.json",
    "events/golden/poll.voted.v1.json",
    "events/golden/status.deleted.v1.json",
    "events/golden/status.posted.v1.json",
];

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    if git(&tree.root, &["rev-parse", "--verify", "-q", "HEAD"]).is_err() {
        return Ok(Vec::new());
    }
    let format = ["log", "--reverse", "--no-renames", "--diff-filter=A", "--raw", "--no-abbrev", "--format="];
    let first = first_blobs(&git(&tree.root, &[&format[..], &["--", GOLDEN]].concat())?);
    let mut findings = Vec::new();
    for (path, blob) in first {
        if REWRITTEN_BEFORE_THE_FIRST_RELEASE.contains(&path.as_str()) {
            continue;
        }
        let file = tree.root.join(&path);
        if !file.exists() {
            findings.push(Finding::new(&path, 0, "a golden file is never removed: old logs hold this event"));
        } else if git(&tree.root, &["hash-object", "--", &path])?.trim() != blob {
            findings.push(Finding::new(&path, 0, "a golden file is never edited: add a version and an upcaster"));
        }
    }
    Ok(findings)
}

/// Reads `git log --raw`: for each path, the blob that its first commit gave it.
fn first_blobs(log: &str) -> BTreeMap<String, String> {
    let mut blobs = BTreeMap::new();
    for (change, path) in log.lines().filter_map(|line| line.split_once('\t')) {
        if let Some(blob) = change.split(' ').nth(3) {
            blobs.entry(path.to_owned()).or_insert_with(|| blob.to_owned());
        }
    }
    blobs
}

fn git(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git").args(arguments).current_dir(root).stderr(Stdio::null()).output()?;
    ensure!(output.status.success(), "git {} failed", arguments.join(" "));
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Tree, check, first_blobs, git};

    fn commit(root: &Path, text: &str) {
        fs::write(root.join("events/golden/a.v1.json"), text).unwrap();
        git(root, &["add", "."]).unwrap();
        let who = ["-c", "user.name=tidy", "-c", "user.email=tidy@localhost", "-c", "commit.gpgsign=false"];
        git(root, &[&who[..], &["commit", "-q", "-m", "test"]].concat()).unwrap();
    }

    #[test]
    fn an_edited_golden_file_is_found_however_often_it_was_committed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("events/golden")).unwrap();
        git(root, &["init", "-q"]).unwrap();
        commit(root, "{\"a\":1}\n");
        let tree = Tree { root: root.to_path_buf(), files: Vec::new() };
        assert!(check(&tree).unwrap().is_empty());

        fs::write(root.join("events/golden/a.v1.json"), "{\"a\":2}\n").unwrap();
        assert_eq!(check(&tree).unwrap().len(), 1, "an edit that is not committed yet");
        commit(root, "{\"a\":2}\n");
        assert_eq!(check(&tree).unwrap().len(), 1, "an edit that is committed");
        fs::remove_file(root.join("events/golden/a.v1.json")).unwrap();
        assert_eq!(check(&tree).unwrap().len(), 1, "a removal");
        commit(root, "{\"a\":1}\n");
        assert!(check(&tree).unwrap().is_empty(), "taken back");
    }

    #[test]
    fn a_tree_without_history_is_skipped() {
        let directory = tempfile::tempdir().unwrap();
        let tree = Tree { root: directory.path().to_path_buf(), files: Vec::new() };
        assert!(check(&tree).unwrap().is_empty());
    }

    #[test]
    fn the_first_blob_of_a_path_counts() {
        let log =
            ":000000 100644 0000 aaaa A\tevents/golden/a.json\n:000000 100644 0000 bbbb A\tevents/golden/a.json\n";
        assert_eq!(first_blobs(log).into_values().collect::<Vec<_>>(), ["aaaa"]);
    }
}
