//! The floors of the house: a crate depends only on lower ones, and the pure floors touch nothing outside themselves.
//!
//! Cargo is asked what depends on what. A new edge is a decision: it gets its place in [`FLOORS`] in a commit of its own.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::Finding;
use super::tree::Tree;

/// What one crate of the workspace may depend on.
struct Floor {
    name: &'static str,
    /// Crates of the workspace.
    may_use: &'static [&'static str],
    /// Crates of the workspace, in tests.
    tests_may_use: &'static [&'static str],
    /// No input or output at all: none of [`WORLD`].
    pure: bool,
}

/// From the ground up.
const FLOORS: &[Floor] = &[
    Floor { name: "chronodon-activitypub", may_use: &[], tests_may_use: &[], pure: true },
    Floor { name: "chronodon-events", may_use: &[], tests_may_use: &[], pure: true },
    Floor { name: "chronodon-private-postgres", may_use: &[], tests_may_use: &[], pure: false },
    Floor { name: "chronodon-domain", may_use: &["chronodon-events"], tests_may_use: &[], pure: true },
    Floor {
        name: "chronodon-event-log",
        may_use: &["chronodon-events"],
        tests_may_use: &["chronodon-private-postgres"],
        pure: false,
    },
    Floor {
        name: "chronodon-projections",
        may_use: &["chronodon-domain", "chronodon-event-log", "chronodon-events"],
        tests_may_use: &["chronodon-private-postgres"],
        pure: false,
    },
    Floor {
        name: "chronodon",
        may_use: &[
            "chronodon-activitypub",
            "chronodon-domain",
            "chronodon-event-log",
            "chronodon-events",
            "chronodon-private-postgres",
            "chronodon-projections",
        ],
        tests_may_use: &[],
        pure: false,
    },
    Floor {
        name: "loadgen",
        may_use: &["chronodon", "chronodon-activitypub", "chronodon-domain", "chronodon-event-log", "chronodon-events"],
        tests_may_use: &[],
        pure: false,
    },
    Floor { name: "xtask", may_use: &[], tests_may_use: &[], pure: false },
];

/// The crates by which a program reaches the world.
const WORLD: &[&str] =
    &["axum", "deadpool-postgres", "rand", "reqwest", "rustix", "tantivy", "tempfile", "tokio", "tokio-postgres"];

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(&tree.root)
        .stderr(Stdio::inherit())
        .output()
        .context("asking cargo for the dependencies")?;
    ensure!(output.status.success(), "cargo metadata failed");
    judge(&serde_json::from_slice(&output.stdout)?)
}

fn judge(metadata: &Value) -> anyhow::Result<Vec<Finding>> {
    let packages = metadata["packages"].as_array().context("cargo names no packages")?;
    let workspace: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut findings = Vec::new();
    for name in &workspace {
        let package = packages.iter().find(|package| package["name"] == **name).context("a package has a name")?;
        match FLOORS.iter().find(|floor| floor.name == *name) {
            Some(floor) => findings.extend(judge_package(floor, package, &workspace)),
            None => findings.push(finding(name, "this crate has no floor: give it one in tidy/floors.rs")),
        }
    }
    Ok(findings)
}

fn judge_package(floor: &Floor, package: &Value, workspace: &BTreeSet<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let name = dependency["name"].as_str().unwrap_or_default();
        let only_in_tests = dependency["kind"] == "dev";
        let allowed = floor.may_use.contains(&name) || only_in_tests && floor.tests_may_use.contains(&name);
        if workspace.contains(name) && !allowed {
            findings.push(finding(floor.name, &format!("must not depend on {name}: it is no lower floor")));
        }
        if floor.pure && !only_in_tests && WORLD.contains(&name) {
            findings.push(finding(floor.name, &format!("must not depend on {name}: this floor is pure")));
        }
    }
    findings
}

fn finding(package: &str, message: &str) -> Finding {
    let directory = package.trim_start_matches("chronodon-");
    let path = if package == "chronodon" { "Cargo.toml".to_owned() } else { format!("{directory}: Cargo.toml") };
    Finding::new(&path, 0, message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::judge;

    fn messages(metadata: &Value) -> Vec<String> {
        judge(metadata).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_edge_upwards_is_found() {
        let metadata = json!({"packages": [
            {"name": "chronodon-events", "dependencies": [{"name": "chronodon-domain", "kind": null}]},
            {"name": "chronodon-domain", "dependencies": [{"name": "chronodon-events", "kind": null}]},
        ]});
        assert_eq!(
            messages(&metadata),
            ["events: Cargo.toml: must not depend on chronodon-domain: it is no lower floor"]
        );
    }

    #[test]
    fn tests_may_use_what_the_crate_may_not() {
        let edge = |kind: Value| {
            json!({"packages": [
                {"name": "chronodon-event-log", "dependencies": [{"name": "chronodon-private-postgres", "kind": kind}]},
                {"name": "chronodon-private-postgres", "dependencies": []},
            ]})
        };
        assert!(messages(&edge(json!("dev"))).is_empty());
        assert_eq!(messages(&edge(Value::Null)).len(), 1);
    }

    #[test]
    fn a_pure_floor_reaches_nothing() {
        let metadata = json!({"packages": [
            {"name": "chronodon-domain", "dependencies": [{"name": "tokio", "kind": null}, {"name": "url", "kind": null}]},
        ]});
        assert_eq!(messages(&metadata), ["domain: Cargo.toml: must not depend on tokio: this floor is pure"]);
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        let metadata = json!({"packages": [{"name": "chronodon-attic", "dependencies": []}]});
        assert_eq!(messages(&metadata), ["attic: Cargo.toml: this crate has no floor: give it one in tidy/floors.rs"]);
    }
}
