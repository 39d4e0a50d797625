//! Does the server talk with others, and only as it should outside of a test bed?

use super::Finding;
use crate::config::Config;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    if !config.federation.enabled {
        return vec![Finding::good("federation", "off")];
    }
    let remedy = "take it out of the configuration, unless this is a test";
    let exceptions = config.federation.exceptions();
    let mut findings: Vec<Finding> =
        exceptions.into_iter().map(|found| Finding::warning("federation", found, remedy)).collect();
    if let Some(file) = &config.federation.ca_file
        && let Err(error) = crate::federation::tls::read_roots(file)
    {
        findings.push(Finding::failed("federation", error.to_string(), "put a certificate there, in PEM"));
    }
    if findings.is_empty() {
        let with = if config.federation.limited { "with allowed domains" } else { "with every server" };
        findings.push(Finding::good("federation", with));
    }
    findings.push(Finding::good("federation", kept(config)));
    findings
}

fn kept(config: &Config) -> String {
    let files = config.federation.media_cache_bytes as f64 / f64::from(1 << 30);
    let posts = match config.federation.remote_retention_days {
        0 => "their posts without end".to_owned(),
        days => format!("their posts that nobody here touched for {days} days"),
    };
    format!("keeps up to {files:.1} GB of others' files, {posts}")
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn what_is_for_tests_is_a_warning() {
        let states = |config: &Config| check(config).iter().map(|finding| finding.state).collect::<Vec<_>>();
        let mut config = Config::default();
        assert_eq!(states(&config), [State::Good, State::Good]);
        config.federation.allowed_private_networks = vec!["10.0.0.0/8".parse().unwrap()];
        assert_eq!(states(&config), [State::Warning, State::Good]);
        config.federation.ca_file = Some("/nowhere.pem".into());
        assert_eq!(states(&config), [State::Warning, State::Warning, State::Failed, State::Good]);
        config.federation.enabled = false;
        assert_eq!(states(&config), [State::Good]);
    }
}
