//! Is the clock right? Signatures and the order of posts depend on it.

use std::time::Duration;

use jiff::Timestamp;
use tokio::process::Command;

use super::Finding;

/// Earlier than this release was written means a clock that was never set: 2026-01-01.
const SECONDS_MIN: i64 = 1_767_225_600;
/// How far the database's clock may be from ours.
const SKEW_MS_MAX: i64 = 1_000;
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn check(now: Timestamp) -> Finding {
    if now.as_second() < SECONDS_MIN {
        return Finding::failed("clock", format!("it says {now}"), "set the clock and let NTP keep it");
    }
    let mut command = Command::new("timedatectl");
    command.args(["show", "-p", "NTPSynchronized", "--value"]).kill_on_drop(true);
    let answer = tokio::time::timeout(TIMEOUT, command.output()).await.ok().and_then(Result::ok);
    match answer.as_ref().map(|output| output.stdout.trim_ascii()) {
        Some(b"yes") => Finding::good("clock", "kept by a time service"),
        Some(b"no") => {
            let remedy = "turn on systemd-timesyncd or chrony: other servers refuse signatures from a wrong clock";
            Finding::warning("clock", "no time service keeps it", remedy)
        }
        // In a container the host keeps it, and there is nobody to ask.
        _ => Finding::good("clock", format!("{now:.0}; cannot tell whether a time service keeps it")),
    }
}

/// `database_ms` is the database's time in milliseconds since 1970.
pub(super) fn against_database(database_ms: i64) -> Finding {
    let skew_ms = (crate::clock::now().as_millisecond() - database_ms).abs();
    if skew_ms <= SKEW_MS_MAX {
        return Finding::good("clock", "agrees with the database's");
    }
    let found = format!("differs by {skew_ms} ms from the database's");
    Finding::failed("clock", found, "let NTP keep the clocks of both machines")
}
