//! Where a cluster lives and as whom it runs. Touches directories, never a process of PostgreSQL.

use std::fs::{self, DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, at};
use crate::settings::Options;

/// Longest directory in which a socket file fits: a unix socket path holds 107 bytes, `/.s.PGSQL.5432` takes 14.
const SOCKET_DIRECTORY_BYTES_MAX: usize = 93;

/// The user that runs the server process when we are root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The directories of one cluster. All paths are absolute and free of links.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Holds `cluster`, `socket`, the log and the lock of the users.
    pub(crate) home: PathBuf,
    /// Whom to become; nothing when we run as an ordinary user already.
    pub(crate) user: Option<User>,
}

impl Place {
    /// Finds or makes the home of the data directory's cluster. The caller holds the start lock.
    pub(crate) fn settle(data_directory: &Path, options: &Options) -> Result<Self, Error> {
        let euid = rustix::process::geteuid().as_raw();
        let link = data_directory.join("postgres");
        if fs::symlink_metadata(&link).is_ok() {
            let home = fs::canonicalize(&link).map_err(|_| Error::Gone { link })?;
            return Self::existing(home, euid);
        }
        if euid != 0 {
            make_directory(&link, 0o700, None)?;
            return Ok(Self { home: link, user: None });
        }
        let user = unprivileged_user()?;
        if may_enter(data_directory, user) {
            make_directory(&link, 0o711, None)?;
            return Ok(Self { home: link, user: Some(user) });
        }
        let home = options.fallback_directory.join(short_hash(data_directory));
        fs::create_dir_all(&options.fallback_directory).map_err(at(&options.fallback_directory))?;
        make_directory(&home, 0o711, None)?;
        tracing::warn!(
            data_directory = %data_directory.display(), database_directory = %home.display(),
            "the database's user may not enter the data directory, so the database goes elsewhere"
        );
        symlink(&home, &link).map_err(at(&link))?;
        Ok(Self { home, user: Some(user) })
    }

    /// A cluster is run by whoever owns it.
    fn existing(home: PathBuf, euid: u32) -> Result<Self, Error> {
        let place = Self { home, user: None };
        let owner = match fs::metadata(place.cluster()) {
            Ok(metadata) => Some(User { uid: metadata.uid(), gid: metadata.gid() }),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(at(&place.cluster())(error)),
        };
        match (euid, owner) {
            (0, Some(owner)) if owner.uid != 0 => Ok(Self { user: Some(owner), ..place }),
            (0, _) => Ok(Self { user: Some(unprivileged_user()?), ..place }),
            (_, Some(owner)) if owner.uid != euid => Err(Error::NotOwner { path: place.cluster(), owner: owner.uid }),
            _ => Ok(place),
        }
    }

    /// PostgreSQL's data directory.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.home.join("cluster")
    }

    /// What the server process writes to stderr.
    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// Held together by every process that uses the cluster.
    pub(crate) fn users_lock(&self) -> PathBuf {
        self.home.join("users.lock")
    }

    /// Makes the directory of the socket: in the home, or where that path is too long, in a short one.
    pub(crate) fn make_socket_directory(&self) -> Result<PathBuf, Error> {
        let usual = self.home.join("socket");
        if usual.as_os_str().len() <= SOCKET_DIRECTORY_BYTES_MAX {
            make_directory(&usual, 0o700, self.user)?;
            return Ok(usual);
        }
        let name = format!("chronodon-{}", short_hash(&self.home));
        let run = Path::new("/run").join(&name);
        if self.user.is_some() && make_directory(&run, 0o700, self.user).is_ok() {
            return Ok(run);
        }
        let temporary = Path::new("/tmp").join(&name);
        make_directory(&temporary, 0o700, self.user)?;
        Ok(temporary)
    }

    /// Makes a command run as the cluster's user, with nothing of our environment and from a directory it may enter.
    pub(crate) fn unprivileged(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env_clear().env("LC_ALL", "C").env("TZ", "UTC");
        for kept in ["PATH", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// Makes one directory, or accepts one that is there and belongs to the user it must belong to.
pub(crate) fn make_directory(path: &Path, mode: u32, user: Option<User>) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            if let Some(User { uid, gid }) = user {
                chown(path, Some(uid), Some(gid)).map_err(at(path))?;
            }
            fs::set_permissions(path, Permissions::from_mode(mode)).map_err(at(path))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(path).map_err(at(path))?;
            let owner = user.map_or(rustix::process::geteuid().as_raw(), |user| user.uid);
            if found.is_dir() && found.uid() == owner {
                return fs::set_permissions(path, Permissions::from_mode(mode)).map_err(at(path));
            }
            Err(Error::NotOwner { path: path.to_owned(), owner: found.uid() })
        }
        Err(error) => Err(at(path)(error)),
    }
}

/// `postgres`, else `nobody`.
fn unprivileged_user() -> Result<User, Error> {
    let path = Path::new("/etc/passwd");
    let passwd = fs::read_to_string(path).map_err(at(path))?;
    ["postgres", "nobody"].iter().find_map(|name| find_user(&passwd, name)).ok_or(Error::NoUser)
}

fn find_user(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let fields = line.split(':').collect::<Vec<_>>();
        let [found, _, uid, gid, ..] = fields[..] else { return None };
        (found == name).then_some(User { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
    })
}

/// Asks the kernel instead of computing it from modes, which know nothing of access lists and mounts.
fn may_enter(directory: &Path, user: User) -> bool {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "cd \"$0\" 2>/dev/null"]).arg(directory).current_dir("/").uid(user.uid).gid(user.gid);
    command.status().is_ok_and(|status| status.success())
}

/// 16 hexadecimal digits that name a path (FNV-1a, stable over releases).
pub(crate) fn short_hash(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::{User, find_user};

    #[test]
    fn finds_a_user_by_its_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:7::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(find_user(passwd, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(find_user(passwd, "nobody"), None);
    }
}
