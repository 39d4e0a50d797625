//! The program as a process: exit codes, start, crash and stop.

use crate::support::process::{Serving, chronodon, data_directory, database_pid, run};

#[test]
fn a_wrong_command_line_or_configuration_exits_with_2() {
    let (_directory, data) = data_directory();
    assert_eq!(run(&data, &["conjure"]).status.code(), Some(2));
    assert_eq!(run(&data, &["serve", "--listen", "nowhere"]).status.code(), Some(2));
    let refused = chronodon(&data).arg("doctor").env("CHRONODON_SERVER__LISSTEN", "x").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("CHRONODON_SERVER__LISSTEN"));
    assert!(refused.stdout.is_empty() && !data.exists());
}

#[test]
fn doctor_leaves_a_directory_that_was_never_used_alone() {
    let (_directory, data) = data_directory();
    let findings = run(&data, &["doctor", "--json"]);
    assert_eq!(findings.status.code(), Some(0));
    let findings: serde_json::Value = serde_json::from_slice(&findings.stdout).unwrap();
    assert!(findings.as_array().unwrap().iter().any(|finding| finding["check"] == "database"));
    assert!(!data.exists());
}

#[tokio::test]
async fn the_database_outlives_a_crash_and_ends_with_a_clean_stop() {
    let (_directory, data) = data_directory();
    let serving = Serving::start(&data).await;
    let database = database_pid(&data).unwrap();
    serving.signal(rustix::process::Signal::KILL);

    let serving = Serving::start(&data).await;
    assert_eq!(database_pid(&data).as_ref(), Some(&database), "the next server adopts it");
    let findings = run(&data, &["doctor", "--json"]);
    let findings: serde_json::Value = serde_json::from_slice(&findings.stdout).unwrap();
    let of_database = findings.as_array().unwrap().iter().filter(|finding| finding["check"] == "database");
    assert!(of_database.clone().count() > 0 && of_database.clone().all(|finding| finding["state"] == "good"));
    assert_eq!(database_pid(&data).as_ref(), Some(&database), "the command line leaves it to the server");

    assert_eq!(serving.signal(rustix::process::Signal::TERM), Some(0));
    assert_eq!(database_pid(&data), None, "the last to leave stops it");
}
