//! The project's files as the rules see them: every text file that belongs to the project, read once.
//!
//! Knows which directories are not ours (build output, data, installed packages); knows no rule.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Never ours, wherever they lie (`.git` is a file in a linked work tree).
const FOREIGN: &[&str] = &[".git", ".venv", "__pycache__", "node_modules", "target"];
/// Never ours at the root of the project: what a running server keeps there.
const DATA_DIRECTORY: &str = "data";
/// Files of other programs, kept as they came.
const FIXTURE_DIRECTORY: &str = "fixtures";

/// The project's text files, sorted by path.
pub struct Tree {
    /// Where the project lies; the paths of `files` are relative to it.
    pub root: PathBuf,
    /// Sorted by path.
    pub files: Vec<File>,
}

/// One text file.
pub struct File {
    /// Relative to the root, with `/` between the parts.
    pub path: String,
    /// The whole of it.
    pub text: String,
}

impl Tree {
    /// Reads the tree below `root`; files that are not UTF-8 are left out.
    ///
    /// # Errors
    /// When a directory or file cannot be read.
    pub fn read(root: &Path) -> anyhow::Result<Tree> {
        let mut tree = Tree { root: root.to_path_buf(), files: Vec::new() };
        tree.read_directory(root)?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// The Rust files, fixtures left out.
    pub fn rust_files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs") && !file.is_fixture())
    }

    fn read_directory(&mut self, directory: &Path) -> anyhow::Result<()> {
        for entry in fs::read_dir(directory).with_context(|| format!("reading {}", directory.display()))? {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if !self.is_ours(&path) {
                continue;
            }
            if kind.is_dir() {
                self.read_directory(&path)?;
            } else if kind.is_file() {
                self.read_file(&path)?;
            }
        }
        Ok(())
    }

    fn is_ours(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        !FOREIGN.contains(&name) && path != self.root.join(DATA_DIRECTORY)
    }

    fn read_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        if let Ok(text) = String::from_utf8(bytes) {
            let relative = path.strip_prefix(&self.root)?.to_string_lossy().replace('\\', "/");
            self.files.push(File { path: relative, text });
        }
        Ok(())
    }

    /// A tree made up for the test of a rule.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let file = |&(path, text): &(&str, &str)| File { path: path.to_owned(), text: text.to_owned() };
        Tree { root: PathBuf::from("/nowhere"), files: files.iter().map(file).collect() }
    }
}

impl File {
    /// Is this something that another program wrote, kept to test against?
    pub fn is_fixture(&self) -> bool {
        self.path.split('/').any(|part| part == FIXTURE_DIRECTORY)
    }

    /// The lines with their numbers, counted from 1.
    pub fn numbered_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}
