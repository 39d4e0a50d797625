//! A small file system of its own, to be run full.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is written at once; the smaller ones fill what the larger leave.
const PIECES: [usize; 3] = [1 << 20, 64 << 10, 4 << 10];

/// A file system in memory. It is gone when this is dropped.
pub struct Volume {
    root: PathBuf,
}

impl Volume {
    /// Mounts one at a new directory; nothing where this process may not.
    pub fn mount(root: &Path, mebibytes: u32) -> Option<Self> {
        fs::create_dir(root).unwrap();
        let options = format!("size={mebibytes}m,mode=755");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(root).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self { root: root.to_owned() })
    }

    /// Leaves no space at all.
    pub fn fill(&self) {
        let mut ballast = File::options().append(true).create(true).open(self.ballast()).unwrap();
        for piece in PIECES.map(|bytes| vec![0; bytes]) {
            let refused = loop {
                if let Err(refused) = ballast.write_all(&piece) {
                    break refused;
                }
            };
            assert_eq!(refused.kind(), ErrorKind::StorageFull, "{refused}");
        }
    }

    /// Gives back what [`Self::fill`] has taken.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.root.join("ballast")
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // A PostgreSQL that a failed test has left ends by itself when its directory is empty.
        for entry in fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let _ = fs::remove_dir_all(entry.path());
        }
        let _ = Command::new("umount").arg("--lazy").arg(&self.root).status();
    }
}
