//! ffmpeg, run as a stranger: one fixed command line per task, an empty environment, bounds on time, memory and
//! output, and nothing but the one decoder that the task needs.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chronodon_domain::limits;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

/// Address space of the converter.
const MEMORY_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of its complaints that are kept for the log.
const COMPLAINT_BYTES_MAX: u64 = 2_048;

/// The system's ffmpeg.
#[derive(Debug, Clone)]
pub struct Converter {
    program: PathBuf,
}

impl Converter {
    /// Looks for ffmpeg on the search path. Without it animated GIFs stay GIFs.
    pub fn find() -> Option<Self> {
        std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|directory| directory.join("ffmpeg"))
            .find(|program| program.is_file())
            .map(Self::at)
    }

    /// The program at this path, which need not be on the search path.
    pub fn at(program: PathBuf) -> Self {
        Self { program }
    }

    /// Where it was found, for people who diagnose.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Makes a silent H.264 clip of an animated GIF. Sides become even, what shows through black.
    pub async fn gif_to_mp4(&self, input: &Path, output: &Path) -> std::io::Result<()> {
        let mut command = Command::new(&self.program);
        command
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file"])
            .args(["-f", "gif", "-codec:v", "gif", "-threads", "1", "-i"])
            .arg(file_url(input))
            .args(["-map", "0:v:0", "-map_metadata", "-1", "-an", "-sn", "-dn"])
            .args(["-codec:v", "libx264", "-preset", "veryfast", "-crf", "18", "-threads", "2"])
            .args(["-pix_fmt", "yuv420p", "-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2:flags=lanczos"])
            .args(["-movflags", "+faststart", "-fflags", "+bitexact"])
            .args(["-frames:v".to_owned(), limits::VIDEO_FRAMES_MAX.to_string()])
            .args(["-fs".to_owned(), limits::VIDEO_BYTES_MAX.to_string()])
            .args(["-f", "mp4", "-y"])
            .arg(file_url(output));
        run(command).await
    }
}

/// A path that cannot be taken for an option or another protocol.
fn file_url(path: &Path) -> std::ffi::OsString {
    let mut url = std::ffi::OsString::from("file:");
    url.push(path);
    url
}

async fn run(mut command: Command) -> std::io::Result<()> {
    command
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    confine(&child)?;
    let deadline = Duration::from_secs(limits::MEDIA_CONVERT_SECONDS_MAX);
    // When time is up the child is dropped with the future, and so killed.
    match tokio::time::timeout(deadline, finish(&mut child)).await {
        Ok(finished) => finished,
        Err(_) => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "the converter took too long")),
    }
}

async fn finish(child: &mut Child) -> std::io::Result<()> {
    let mut complaint = Vec::new();
    if let Some(mut stderr) = child.stderr.take() {
        (&mut stderr).take(COMPLAINT_BYTES_MAX).read_to_end(&mut complaint).await?;
        tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await?;
    }
    let status = child.wait().await?;
    if status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&complaint);
    Err(std::io::Error::other(format!("the converter failed ({status}): {}", complaint.trim())))
}

fn confine(child: &Child) -> std::io::Result<()> {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let bounds = [
        (Resource::As, MEMORY_BYTES_MAX),
        (Resource::Cpu, limits::MEDIA_CONVERT_SECONDS_MAX),
        (Resource::Fsize, limits::VIDEO_BYTES_MAX as u64),
        (Resource::Core, 0),
    ];
    for (resource, most) in bounds {
        match prlimit(pid, resource, Rlimit { current: Some(most), maximum: Some(most) }) {
            // It has already ended.
            Ok(_) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
