//! Is the domain set, and does it lead anywhere?

use std::time::Duration;

use super::Finding;
use crate::config::{Config, is_loopback};

const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn check(config: &Config) -> Finding {
    let address = config.server.base_url();
    let web_domain = config.server.web_domain();
    if is_loopback(&web_domain) {
        return match config.server.domain {
            Some(_) => Finding::good("domain", format!("{address}, for this machine only")),
            None => Finding::warning(
                "domain",
                format!("not set; {address} serves this machine only"),
                "set server.domain before the first account that is to stay: it cannot be changed later",
            ),
        };
    }
    let target = if web_domain.contains(':') { web_domain.clone() } else { format!("{web_domain}:443") };
    let resolved = tokio::time::timeout(TIMEOUT, tokio::net::lookup_host(target)).await;
    match resolved.ok().and_then(Result::ok).and_then(|mut found| found.next()) {
        Some(found) => Finding::good("domain", format!("{address} leads to {}", found.ip())),
        None => Finding::warning(
            "domain",
            format!("{web_domain} has no address in DNS, as seen from here"),
            "add A and AAAA records that lead to this server or the proxy before it",
        ),
    }
}
