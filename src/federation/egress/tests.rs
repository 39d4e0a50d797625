//! The client against servers that mean no good, on this machine.

mod answers;
mod hostile;
mod refusals;
mod signing;

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use chronodon_activitypub::key::{RsaSigner, generate_rsa};
use chronodon_activitypub::uri::{Uri, UriRules};

use super::client::Inner;
use super::resolve::{self, Lookup};
use super::{Bounds, Egress, EgressError, Fetched};
use crate::config::Config;
use crate::federation::keys::KeyPair;

/// A type that documents have.
const ACTIVITY: &str = "application/activity+json";

/// Patience for tests.
fn hasty() -> Bounds {
    Bounds {
        connect: Duration::from_millis(300),
        silence: Duration::from_millis(300),
        slow: Duration::from_millis(200),
        document: Duration::from_secs(3),
        file: Duration::from_secs(3),
        wait: Duration::from_millis(300),
        ..Bounds::default()
    }
}

/// The client of a server on this machine that may call these networks.
fn egress(networks: &[&str]) -> Egress {
    egress_with(networks, resolve::system(), |_| {})
}

fn egress_with(networks: &[&str], lookup: Lookup, change: impl FnOnce(&mut Config)) -> Egress {
    let mut config = Config::default();
    config.federation.allowed_private_networks = networks.iter().map(|network| network.parse().unwrap()).collect();
    change(&mut config);
    Egress(Arc::new(Inner::open(&config, lookup, hasty()).unwrap()))
}

/// The client of a public server, that may also call these networks.
fn public(networks: &[&str], lookup: Lookup) -> Egress {
    egress_with(networks, lookup, |config| config.server.domain = Some("social.example".to_owned()))
}

/// Names that lead where the test says; with several answers one after another, the last again and again.
fn names(names: &[(&str, &[&[&str]])]) -> Lookup {
    let parse = |addresses: &&[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
    let names = names.iter().map(|(name, answers)| ((*name).to_owned(), answers.iter().map(parse).collect()));
    let names: Arc<Mutex<HashMap<String, Vec<Vec<IpAddr>>>>> = Arc::new(Mutex::new(names.collect()));
    Arc::new(move |name| {
        let mut names = names.lock().unwrap();
        let answer = names.get_mut(&name).map(|answers| match answers.len() {
            1 => answers[0].clone(),
            _ => answers.remove(0),
        });
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    })
}

fn uri(text: &str) -> Uri {
    Uri::parse(text, UriRules::AlsoLoopback).unwrap_or_else(|error| panic!("{text}: {error}"))
}

async fn document(egress: &Egress, url: &str) -> Result<Fetched, EgressError> {
    egress.get_document(&uri(url), None).await
}

static KEY: LazyLock<KeyPair> = LazyLock::new(|| {
    let made = generate_rsa().unwrap();
    let signer = Arc::new(RsaSigner::from_pkcs8_pem(&made.private_pem).unwrap());
    KeyPair::new("http://localhost/users/alice", made.public_pem, signer)
});
