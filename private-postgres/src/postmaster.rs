//! The server process: initialise, spawn, recognise, signal. Knows nothing about who shares it.

use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal};

use crate::ROLE;
use crate::binaries::Binaries;
use crate::error::{Error, at};
use crate::place::{Place, make_directory};
use crate::settings::{Durability, Options};

/// A log that has grown beyond this is set aside at the next start.
const LOG_BYTES_MAX: u64 = 4 << 20;
/// How the directory of a cluster begins that is not complete.
const DRAFT: &str = "cluster.new.";
/// How much of the log an error shows.
const LOG_TAIL_LINES: usize = 12;

/// A running server process.
#[derive(Debug)]
pub(crate) struct Postmaster {
    pub(crate) pid: u32,
    /// Present when we are its parent, so that we reap it.
    child: Option<Child>,
}

impl Postmaster {
    /// The process that already serves this cluster, with the directory of its socket.
    pub(crate) fn adopt(cluster: &Path) -> Option<(Self, PathBuf)> {
        let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        let socket_directory = lines.nth(3)?.trim();
        let postmaster = Self { pid, child: None };
        let ours = exists(pid) && !socket_directory.is_empty() && serves(pid, cluster);
        ours.then(|| (postmaster, PathBuf::from(socket_directory)))
    }

    /// Starts a server process that outlives us. It is not ready yet.
    pub(crate) fn spawn(
        binaries: &Binaries,
        place: &Place,
        socket_directory: &Path,
        options: &Options,
    ) -> Result<Self, Error> {
        remove_foreign_pid_file(&place.cluster())?;
        let log = open_log(&place.log())?;
        let mut command = place.unprivileged(&binaries.postgres);
        command.arg("-D").arg(place.cluster()).arg("-k").arg(socket_directory).args(["-p", "5432"]);
        for setting in options.server_settings() {
            command.args(["-c", &setting]);
        }
        // A process group of its own: a terminal's ^C must not reach the database before we have drained.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().map_err(at(&binaries.postgres))?;
        Ok(Self { pid: child.id(), child: Some(child) })
    }

    /// Whether we are its parent.
    pub(crate) fn is_child(&self) -> bool {
        self.child.is_some()
    }

    /// Whether the process still runs. Reaps it when it is a child of ours that ended.
    pub(crate) fn is_alive(&mut self) -> bool {
        match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => exists(self.pid),
        }
    }

    /// Fast shutdown: connections are cut, everything is written.
    pub(crate) fn stop_fast(&self) {
        self.signal(Signal::INT);
    }

    /// Immediate shutdown: as if the power went, with recovery at the next start.
    pub(crate) fn stop_immediately(&self) {
        self.signal(Signal::QUIT);
    }

    /// A process that is gone already is no error: gone is what was asked for.
    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

/// Makes a new cluster in one step: a crash leaves a `cluster.new.…`, never half a `cluster`. Its name is our own, since
/// the `initdb` of a process that crashed may still be at work in another.
pub(crate) fn initialise(binaries: &Binaries, place: &Place, durability: Durability) -> Result<(), Error> {
    for entry in fs::read_dir(&place.home).map_err(at(&place.home))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(DRAFT) {
            // What cannot be removed now is no hindrance, and is removed another time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let fresh = place.home.join(format!("{DRAFT}{}", std::process::id()));
    make_directory(&fresh, 0o700, place.user)?;
    let mut command = place.unprivileged(&binaries.initdb);
    command.arg("-D").arg(&fresh).args(["-U", ROLE, "--auth=trust", "--no-locale", "-E", "UTF8", "--no-instructions"]);
    if durability == Durability::None {
        command.arg("--no-sync");
    }
    let output = command.stdin(Stdio::null()).output().map_err(at(&binaries.initdb))?;
    if !output.status.success() {
        return Err(Error::Initdb { output: String::from_utf8_lossy(&output.stderr).trim().to_owned() });
    }
    fs::rename(&fresh, place.cluster()).map_err(at(&fresh))?;
    File::open(&place.home).and_then(|home| home.sync_all()).map_err(at(&place.home))
}

/// The end of the server's log, for an error message.
pub(crate) fn log_tail(path: &Path) -> String {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().collect::<Vec<_>>();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}

fn open_log(path: &Path) -> Result<File, Error> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > LOG_BYTES_MAX) {
        fs::rename(path, path.with_extension("log.1")).map_err(at(path))?;
    }
    OpenOptions::new().append(true).create(true).open(path).map_err(at(path))
}

/// After a reboot or in a container the recorded process id may belong to another program, and PostgreSQL then refuses
/// to start. A file whose process is gone stays: PostgreSQL itself checks what else it names.
fn remove_foreign_pid_file(cluster: &Path) -> Result<(), Error> {
    let path = cluster.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(()) };
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok());
    if pid.is_some_and(|pid| exists(pid) && !serves(pid, cluster)) {
        fs::remove_file(&path).map_err(at(&path))?;
    }
    Ok(())
}

/// Whether there is a process of that number that has not ended. A zombie, dead but not reaped by its parent, has.
fn exists(pid: u32) -> bool {
    let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    let refused = rustix::process::test_kill_process(number).err();
    if refused.is_some_and(|error| error != rustix::io::Errno::PERM) {
        return false;
    }
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !state.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

/// Whether the process was started as `postgres -D <cluster>`. Its command line can be read by every user.
fn serves(pid: u32, cluster: &Path) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let arguments = line.split(|byte| *byte == 0).collect::<Vec<_>>();
    arguments.windows(2).any(|pair| pair[0] == b"-D" && pair[1] == cluster.as_os_str().as_encoded_bytes())
}
