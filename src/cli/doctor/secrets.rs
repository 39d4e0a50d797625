//! Is the master key there, and is it only ours?

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;

use chronodon_private_postgres::Cluster;

use super::Finding;
use crate::config::Config;

pub(super) fn check(config: &Config) -> Finding {
    let path = config.server.master_key_file();
    let shown = path.display();
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if !Cluster::exists(&config.server.data_dir) && config.database.url.is_none() {
                return Finding::good("master key", format!("{shown} is made at the first start"));
            }
            let remedy = "bring it back from its backup; without it nothing in the log can be read. On a database that \
                          was never started the first start makes it";
            return Finding::failed("master key", format!("{shown} is missing"), remedy);
        }
        Err(error) => return Finding::failed("master key", format!("{shown}: {error}"), "start as its owner"),
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let found = format!("{shown} can be read by other users (mode {mode:o})");
        return Finding::failed("master key", found, format!("chmod 600 {shown}"));
    }
    Finding::good("master key", format!("{shown}; back it up apart from the data"))
}
