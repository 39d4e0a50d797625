//! Finds `initdb` and `postgres`. Knows nothing about clusters but their major version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, at};

/// The oldest major version that we were written for.
pub(crate) const MAJOR_MIN: u32 = 15;

/// Names a directory that holds `initdb` and `postgres`; nothing else is then considered.
const VARIABLE: &str = "CHRONODON_POSTGRES_BIN";

/// Directories in which distributions keep one directory per major version.
const VERSIONED: [(&str, &str); 2] = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")];

/// One installed PostgreSQL server.
#[derive(Clone, Debug)]
pub(crate) struct Binaries {
    pub(crate) initdb: PathBuf,
    pub(crate) postgres: PathBuf,
    pub(crate) major: u32,
}

/// The server to use: of the same major version as the cluster in `cluster`, or the first found for a new one.
pub(crate) fn find(cluster: &Path) -> Result<Binaries, Error> {
    let found = candidates().iter().filter_map(|directory| inspect(directory)).collect::<Vec<_>>();
    let Some(first) = found.first() else {
        let searched = std::env::var(VARIABLE)
            .map_or_else(|_| "PATH and /usr/lib/postgresql".into(), |named| format!("{VARIABLE}={named}"));
        return Err(Error::NoBinaries { searched });
    };
    let Some(wanted) = cluster_major(cluster)? else {
        let supported = found.iter().find(|binaries| binaries.major >= MAJOR_MIN);
        return supported.cloned().ok_or(Error::TooOld { major: first.major });
    };
    found.iter().find(|binaries| binaries.major.to_string() == wanted).cloned().ok_or_else(|| Error::OtherVersion {
        directory: cluster.to_owned(),
        cluster: wanted,
        installed: found.iter().map(|binaries| binaries.major.to_string()).collect::<Vec<_>>().join(", "),
    })
}

/// What `PG_VERSION` says, or nothing where there is no cluster.
fn cluster_major(cluster: &Path) -> Result<Option<String>, Error> {
    let path = cluster.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(&path)(error)),
    }
}

/// Directories worth looking at, best first, each once.
fn candidates() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return vec![named.into()];
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories = std::env::split_paths(&path).collect::<Vec<_>>();
    directories.push("/usr/local/bin".into());
    let mut versioned = VERSIONED.iter().flat_map(|(parent, prefix)| versions(parent, prefix)).collect::<Vec<_>>();
    versioned.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    directories.extend(versioned.into_iter().map(|(_, directory)| directory));
    let mut seen = std::collections::HashSet::new();
    directories.retain(|directory| directory.is_absolute() && seen.insert(directory.clone()));
    directories
}

fn versions(parent: &str, prefix: &str) -> Vec<(u32, PathBuf)> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let numbered = entries.filter_map(|entry| {
        let major = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
        Some((major, entry.path().join("bin")))
    });
    numbered.collect()
}

/// Both programs with links resolved, since a server finds its libraries beside its real place.
fn inspect(directory: &Path) -> Option<Binaries> {
    let postgres = fs::canonicalize(directory.join("postgres")).ok()?;
    let initdb = fs::canonicalize(directory.join("initdb")).ok()?;
    let output = Command::new(&postgres).arg("--version").current_dir("/").output().ok()?;
    let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
    Some(Binaries { initdb, postgres, major })
}

/// `15` of `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`.
fn major_of(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_of;

    #[test]
    fn reads_the_major_version() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_of("something else"), None);
    }
}
