//! `chronodon account`, without a server beside it.

use serde_json::json;

use crate::support::process::{chronodon, data_directory, run, run_json};

#[test]
fn an_operator_makes_and_changes_accounts() {
    let (_directory, data) = data_directory();
    assert_eq!(run_json(&data, &["account", "list"]), json!([]));
    let owner = run_json(&data, &["account", "create", "root", "--email", "root@localhost", "--role", "Owner"]);
    assert_eq!((&owner["role"], &owner["state"]), (&json!("owner"), &json!("active")));
    assert!(owner["password"].as_str().unwrap().len() >= 16);

    let create = ["account", "create", "alice", "--email", "a@example.org", "--password", "correct horse"];
    let mut waiting = chronodon(&data);
    waiting.env("CHRONODON_REGISTRATIONS__MODE", "approval").args(create);
    let made = waiting.output().unwrap();
    let text = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success() && text.contains("pending") && !text.contains("password"), "{text}");
    let again = run(&data, &create);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("already been taken"), "{again:?}");

    let pending = run_json(&data, &["account", "list", "--pending"]);
    assert_eq!((pending.as_array().unwrap().len(), &pending[0]["username"]), (1, &json!("alice")));
    assert_eq!(run_json(&data, &["account", "approve", "@Alice"])["state"], "active");
    assert_eq!(run(&data, &["account", "reject", "alice"]).status.code(), Some(1));
    assert_eq!(run_json(&data, &["account", "role", "alice", "moderator"])["role"], "moderator");
    assert_eq!(run(&data, &["account", "role", "alice", "king"]).status.code(), Some(2));
    assert!(run_json(&data, &["account", "password", "alice"])["password"].is_string());
    for state in ["suspend", "suspend"] {
        assert_eq!(run_json(&data, &["account", state, "alice", "--reason", "spam"])["state"], "suspended");
    }
    assert_eq!(run_json(&data, &["account", "unsuspend", "alice"])["state"], "active");
    let shown = run_json(&data, &["account", "show", "alice"]);
    assert_eq!((&shown["email"], &shown["approved"]), (&json!("a@example.org"), &json!(true)));
    assert_eq!(run(&data, &["account", "show", "nobody"]).status.code(), Some(1));
    assert_eq!(run_json(&data, &["account", "list", "--limit", "1"])[0]["username"], "alice");
    assert_eq!(run_json(&data, &["projections", "verify"])["verdict"], "equal");
}
