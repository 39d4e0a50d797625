//! The example file, made from the doc comments of the sections.

use super::section::{Section, Setting};
use super::sections::{Database, Federation, Instance, Log, Media, Oauth, RateLimits, Registrations, Server};

const HEADER: &str = "\
# Chronodon's configuration. Every value given here is the default, and every line may be left out.
# Lines that begin with # and a key show settings that are absent by default.
#
# A setting is also an environment variable: listen in [server] is CHRONODON_SERVER__LISTEN. Numbers, true, false and
# lists look there as they do here; a text that looks like a number wants quotes. The command line wins over the
# environment, and the environment over this file.
#
# The file is chronodon.toml in the data directory, or what --config or CHRONODON_CONFIG names.
";

/// A configuration file with every setting, its meaning and its default.
#[must_use]
pub fn example() -> String {
    let mut text = HEADER.to_owned();
    section::<Server>(&mut text, "server");
    section::<Database>(&mut text, "database");
    section::<Registrations>(&mut text, "registrations");
    section::<Oauth>(&mut text, "oauth");
    section::<RateLimits>(&mut text, "rate_limits");
    section::<Media>(&mut text, "media");
    section::<Federation>(&mut text, "federation");
    section::<Instance>(&mut text, "instance");
    section::<Log>(&mut text, "log");
    text
}

fn section<S: Section>(text: &mut String, name: &str) {
    text.push('\n');
    comment(text, S::ABOUT);
    text.push_str(&format!("[{name}]\n"));
    for Setting { key, docs, default, sample } in S::settings() {
        text.push('\n');
        comment(text, docs);
        match (default, sample) {
            (Some(default), _) => text.push_str(&format!("{key} = {default}\n")),
            (None, sample) => text.push_str(&format!("#{key} = {}\n", sample.unwrap_or_default())),
        }
    }
}

fn comment(text: &mut String, docs: &[&str]) {
    for line in docs {
        text.push_str(&format!("# {}\n", line.trim()));
    }
}
