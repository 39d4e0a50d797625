//! Are the programs for video and sound there?

use super::Finding;

const TOOLS: [&str; 2] = ["ffmpeg", "ffprobe"];

pub(super) fn check() -> Finding {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |tool: &str| std::env::split_paths(&path).any(|directory| directory.join(tool).is_file());
    let missing = TOOLS.iter().copied().filter(|tool| !is_there(tool)).collect::<Vec<_>>();
    if missing.is_empty() {
        return Finding::good("media tools", "ffmpeg and ffprobe are installed; pictures need neither");
    }
    let found = format!("{} not found: pictures work, video and sound will not", missing.join(" and "));
    Finding::warning("media tools", found, "install the package ffmpeg")
}
