//! What a benchmark found: lines for people, and a JSON file with every round.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::stats::median;
use crate::{Name, Options};

/// What was measured, round by round.
pub(crate) struct Report {
    name: String,
    context: Value,
    rounds: BTreeMap<String, Vec<f64>>,
    order: Vec<(String, &'static str)>,
}

impl Report {
    pub(crate) fn new(name: Name, options: &Options) -> Self {
        let name = name.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let context = json!({
            "commit": first_line("git", &["rev-parse", "--short", "HEAD"]),
            "machine": machine(),
            "postgres": first_line("postgres", &["--version"]),
            "size": options.size.to_possible_value().map(|value| value.get_name().to_owned()),
            "seconds": options.seconds,
            "at": chronodon::clock::now().to_string(),
        });
        Self { name, context, rounds: BTreeMap::new(), order: Vec::new() }
    }

    /// Adds one round's value of a figure.
    pub(crate) fn add(&mut self, figure: impl Into<String>, unit: &'static str, value: f64) {
        let figure = figure.into();
        if !self.rounds.contains_key(&figure) {
            self.order.push((figure.clone(), unit));
        }
        self.rounds.entry(figure).or_default().push(value);
    }

    /// Prints the medians and writes everything to `<name>.json`.
    pub(crate) fn write(&self, out: &Path) -> anyhow::Result<()> {
        let mut text = format!("\n{}\n", self.name);
        let mut figures = Vec::new();
        for (figure, unit) in &self.order {
            let rounds = &self.rounds[figure];
            text.push_str(&format!("  {figure:<58} {:>12.3} {unit}\n", median(rounds)));
            figures.push(json!({ "figure": figure, "unit": unit, "median": median(rounds), "rounds": rounds }));
        }
        say(text.trim_end())?;
        let file = out.join(format!("{}.json", self.name));
        let json = json!({ "name": self.name, "context": self.context, "figures": figures });
        fs::write(&file, serde_json::to_vec_pretty(&json)?).with_context(|| format!("writing {}", file.display()))
    }
}

/// A line for people.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn machine() -> Value {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    json!({
        "cpu": model.trim_start_matches([' ', '\t', ':']),
        "cores": std::thread::available_parallelism().map(std::num::NonZero::get).unwrap_or(0),
        "memory": memory.lines().next().unwrap_or_default().trim_start_matches("MemTotal:").trim(),
        "kernel": first_line("uname", &["-r"]),
    })
}

/// Empty where there is no such program.
fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
