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
    findings
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn what_is_for_tests_is_a_warning() {
        let states = |config: &Config| check(config).iter().map(|finding| finding.state).collect::<Vec<_>>();
        let mut config = Config::default();
        assert_eq!(states(&config), [State::Good]);
        config.federation.allowed_private_networks = vec!["10.0.0.0/8".parse().unwrap()];
        assert_eq!(states(&config), [State::Warning]);
        config.federation.ca_file = Some("/nowhere.pem".into());
        assert_eq!(states(&config), [State::Warning, State::Warning, State::Failed]);
        config.federation.enabled = false;
        assert_eq!(states(&config), [State::Good]);
    }
}
