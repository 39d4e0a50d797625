//! A Chronodon and two peers with names and certificates, each behind a front of its own.

use chronodon_activitypub::uri::Uri;
use serde_json::{Value, json};

use super::peer::Peer;
use crate::support::TestServer;
use crate::support::tls::Authority;

#[tokio::test]
async fn servers_with_names_reach_each_other_over_tls() {
    let authority = Authority::new();
    let front = authority.front("one.localhost").await;
    let server = TestServer::start_with(|config| front.stands_before(config)).await;
    let [two, three] = [authority.front("two.localhost").await, authority.front("three.localhost").await];
    let (two, three) = tokio::join!(Peer::start_behind(&two), Peer::start_behind(&three));
    let (bob, carol) = tokio::join!(two.actor("bob"), three.actor("carol"));
    assert!(bob.url.starts_with("https://two.localhost:"), "{}", bob.url);

    bob.does("follow", json!({ "actor": carol.url })).await;
    two.hears(&[("type", "Accept"), ("actor", &carol.url)]).await;

    let url = Uri::parse(&carol.url, server.app.egress.rules()).unwrap();
    let fetched = server.app.egress.get_document(&url, None).await.unwrap();
    let actor: Value = serde_json::from_str(&fetched.text()).unwrap();
    assert_eq!(actor["inbox"], json!(format!("{}/inbox", carol.url)));

    let handle = format!("@nobody@{}", front.authority);
    let refused = bob.tries("lookup", json!({ "url": handle })).await.unwrap_err();
    assert!(refused.contains("WebFinger says 404"), "{refused}");
    server.finish().await;
}

#[tokio::test]
async fn a_front_is_trusted_by_who_has_its_root_and_nobody_else() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let front = authority.front("one.localhost").await;
    let server = TestServer::start_with(|config| front.stands_before(config)).await;
    let other = TestServer::start_with(|config| {
        config.federation.allowed_private_networks = vec!["127.0.0.0/8".parse().unwrap()];
        config.federation.ca_file = Some(stranger.file());
    })
    .await;
    let url = Uri::parse(&format!("{}/api/v2/instance", front.base()), server.app.egress.rules()).unwrap();
    let instance: Value = serde_json::from_str(&server.app.egress.get_json(&url).await.unwrap().text()).unwrap();
    assert_eq!(instance["domain"], json!(front.authority));
    assert!(other.app.egress.get_json(&url).await.is_err());
    server.finish().await;
    other.finish().await;
}
