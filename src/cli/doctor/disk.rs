//! Is there room, and may we write?

use std::path::Path;

use super::Finding;
use crate::config::Config;

/// Below this, writes will soon fail.
const FREE_BYTES_MIN: u64 = 512 << 20;
/// Below this, somebody should look.
const FREE_BYTES_LOW: u64 = 5 << 30;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let (data, media) = (config.server.data_dir.clone(), config.media.directory(&config.server));
    // The media's own room matters only where somebody put them elsewhere.
    if media.starts_with(&data) { vec![directory(&data)] } else { vec![directory(&data), directory(&media)] }
}

fn directory(path: &Path) -> Finding {
    let shown = path.display();
    if !path.exists() {
        return Finding::good("disk", format!("{shown} is made at the first start"));
    }
    if let Err(error) = tempfile::NamedTempFile::new_in(path) {
        let remedy = "start as the user that owns the directory, or choose another with --data-dir";
        return Finding::failed("disk", format!("{shown} cannot be written: {error}"), remedy);
    }
    let statistics = match rustix::fs::statvfs(path) {
        Ok(statistics) => statistics,
        Err(error) => return Finding::failed("disk", format!("{shown}: {error}"), "look at the file system"),
    };
    let free = statistics.f_bavail.saturating_mul(statistics.f_frsize);
    let found = format!("{:.1} GB free in {shown}", free as f64 / f64::from(1 << 30));
    // Some file systems make inodes as they go, and report none.
    let inodes_used_up = statistics.f_files > 0 && statistics.f_favail < statistics.f_files / 100;
    match free {
        _ if inodes_used_up => Finding::failed("disk", "hardly any inodes are left", "remove files from the volume"),
        FREE_BYTES_LOW.. => Finding::good("disk", found),
        FREE_BYTES_MIN.. => Finding::warning("disk", found, "make room, or move the data to a larger volume"),
        _ => Finding::failed("disk", found, "make room: without it, writes are refused while reads go on"),
    }
}
