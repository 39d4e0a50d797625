//! Domains and the public address that follows from them.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use url::{Host, Url};

use super::sections::{Federation, Media, Scheme, Server};

impl Server {
    /// The domain in account names, with its port where that is not the scheme's own.
    #[must_use]
    pub fn domain(&self) -> String {
        self.domain.clone().unwrap_or_else(|| format!("localhost:{}", self.listen.port()))
    }

    /// The domain in links.
    #[must_use]
    pub fn web_domain(&self) -> String {
        self.web_domain.clone().unwrap_or_else(|| self.domain())
    }

    /// The scheme of public links.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        let usual = if is_loopback(&self.web_domain()) { Scheme::Http } else { Scheme::Https };
        self.scheme.unwrap_or(usual)
    }

    /// Scheme and web domain, without a slash at the end: `https://social.example`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.scheme().as_str(), self.web_domain())
    }

    /// Where the master key lies.
    #[must_use]
    pub fn master_key_file(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.data_dir.join("master.key"))
    }
}

impl Media {
    /// Where uploaded files lie.
    #[must_use]
    pub fn directory(&self, server: &Server) -> PathBuf {
        self.directory.clone().unwrap_or_else(|| server.data_dir.join("media"))
    }
}

impl Federation {
    /// Whether documents are for those only who sign their requests.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.authorized_fetch || self.limited
    }

    /// What is set that is for trying and testing only, each in a sentence: to be said loudly.
    #[must_use]
    pub fn exceptions(&self) -> Vec<String> {
        let networks: Vec<String> = self.allowed_private_networks.iter().map(|network| network.0.to_string()).collect();
        let networks = (!networks.is_empty()).then(|| {
            format!("federation.allowed_private_networks lets strangers make this server call {}", networks.join(", "))
        });
        let root = self.ca_file.as_ref().map(|file| {
            format!("federation.ca_file lets the root certificate in {} vouch for any server", file.display())
        });
        networks.into_iter().chain(root).collect()
    }
}

/// A domain with an optional port in the one form that is compared: lower case, ASCII, no default port.
pub(super) fn canonical(domain: &str) -> Result<String, String> {
    let refused = || format!("{domain:?} is not a domain: give a name and no more, as in \"social.example\"");
    if domain.contains(['/', '@', '?', '#', '\\']) || domain.trim() != domain {
        return Err(refused());
    }
    let url = Url::parse(&format!("https://{domain}/")).map_err(|_| refused())?;
    let host = url.host_str().ok_or_else(refused)?;
    Ok(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Whether a domain means this very machine, as when trying and testing.
#[must_use]
pub fn is_loopback(domain: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{domain}/")) else { return false };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
