//! Files of other servers by way of this one.

use std::time::Duration;

use chronodon::commands::By;
use chronodon_domain::account::Command;
use chronodon_events::AccountId;
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use chronodon_events::remote::{RemoteActor, RemotePicture};
use reqwest::{Response, StatusCode};

use super::elsewhere::{Remote, received};
use crate::media::{PNG, files};
use crate::reactors::quiet;
use crate::support::TestServer;

/// Where the avatar of an account is shown.
async fn avatar(server: &TestServer, account: AccountId) -> String {
    let url = format!("{}/api/v1/accounts/{account}", server.base);
    let shown: serde_json::Value = server.http.get(url).send().await.unwrap().json().await.unwrap();
    shown["avatar"].as_str().unwrap().to_owned()
}

async fn get(server: &TestServer, address: &str) -> Response {
    server.http.get(address).send().await.unwrap()
}

async fn status_of(server: &TestServer, address: &str) -> StatusCode {
    get(server, address).await.status()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_file_is_fetched_once_and_shown_as_what_it_is() {
    let (server, elsewhere) = (TestServer::start().await, Remote::start().await);
    let bob = elsewhere.discovered(&server, "bob", "slow-1").await;
    let address = avatar(&server, bob).await;
    assert!(address.starts_with(&format!("{}/media_proxy/{bob}/", server.base)), "{address}");
    let (one, two) = tokio::join!(get(&server, &address), get(&server, &address));
    assert_eq!(
        (one.status(), two.status(), elsewhere.asked_for(&elsewhere.file("slow-1"))),
        (StatusCode::OK, StatusCode::OK, 1)
    );
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"),
        ("cache-control", "public, max-age=604800, immutable"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(header(&one, name), value, "{name}");
    }
    let tag = header(&one, "etag").to_owned();
    assert_eq!((&one.bytes().await.unwrap()[..], &two.bytes().await.unwrap()[..]), (PNG, PNG));

    let part = server.http.get(&address).header("range", "bytes=1-3").header("if-range", &tag).send().await.unwrap();
    assert_eq!(
        (part.status(), header(&part, "content-range")),
        (StatusCode::PARTIAL_CONTENT, &*format!("bytes 1-3/{}", PNG.len()))
    );
    assert_eq!(part.bytes().await.unwrap(), "PNG");
    let unchanged = server.http.get(&address).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);

    let second = server.second().await;
    let there = address.replace(&server.base, &second.base);
    assert_eq!((status_of(&second, &there).await, elsewhere.asked_for(&elsewhere.file("slow-1"))), (StatusCode::OK, 1));
    second.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn who_goes_away_does_not_stop_the_fetch() {
    let (server, elsewhere) = (TestServer::start().await, Remote::start().await);
    let bob = elsewhere.discovered(&server, "bob", "slow-1").await;
    let address = avatar(&server, bob).await;
    let hasty = server.http.get(&address).timeout(Duration::from_millis(200)).send().await;
    assert!(hasty.unwrap_err().is_timeout());
    assert_eq!(
        (status_of(&server, &address).await, elsewhere.asked_for(&elsewhere.file("slow-1"))),
        (StatusCode::OK, 1)
    );
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_medium_is_not_shown() {
    let (server, elsewhere) = (TestServer::start().await, Remote::start().await);
    for name in ["svg-1", "page-1", "huge-1", "gone-1"] {
        let account = elsewhere.discovered(&server, name, name).await;
        let address = avatar(&server, account).await;
        let first = get(&server, &address).await;
        assert_eq!((first.status(), header(&first, "cache-control")), (StatusCode::NOT_FOUND, ""), "{name}");
        assert_eq!(header(&first, "x-content-type-options"), "nosniff");
        assert_eq!(first.bytes().await.unwrap(), "", "{name}");
        assert_eq!(status_of(&server, &address).await, StatusCode::NOT_FOUND, "{name}");
        assert_eq!(elsewhere.asked_for(&elsewhere.file(name)), 1, "{name}");
    }
    assert_eq!((files(&server, "remote"), files(&server, "tmp")), (0, 0));

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let picture = RemotePicture { url: format!("http://{nobody}/a.png"), description: String::new() };
    let actor = RemoteActor { avatar: Some(picture), ..elsewhere.described("carol") };
    let carol = server.app.commands.discover_account(By::operator(), actor).await.unwrap();
    let unreachable = get(&server, &avatar(&server, carol).await).await;
    assert_eq!((unreachable.status(), header(&unreachable, "retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "60"));
    server.finish().await;
}

#[tokio::test]
async fn only_what_was_signed_is_fetched() {
    let (server, elsewhere) = (TestServer::start().await, Remote::start().await);
    let bob = elsewhere.discovered(&server, "bob", "png-1").await;
    let carol = elsewhere.discovered(&server, "carol", "png-2").await;
    let (address, other) = (avatar(&server, bob).await, avatar(&server, carol).await);
    let parts: Vec<_> = address.rsplitn(4, '/').collect();
    let [url, mac, _, base] = parts[..] else { panic!("{address}") };
    let another_mac = other.rsplit('/').nth(1).unwrap();
    for bad in [
        format!("{base}/{bob}/{another_mac}/{url}"),
        format!("{base}/{carol}/{mac}/{url}"),
        format!("{base}/-1/{mac}/{url}"),
        format!("{base}/x/{mac}/{url}"),
        format!("{base}/{bob}//{url}"),
        format!("{base}/{bob}/%ff/%00"),
        // Signed, but of nobody who is here.
        server.app.proxied.address(4711, &elsewhere.file("png-1")),
        // Signed, but nothing that may be called.
        server.app.proxied.address(bob.get(), "file:///etc/passwd"),
        server.app.proxied.address(bob.get(), "http://192.0.2.1/a.png"),
    ] {
        assert!(status_of(&server, &bad).await.is_client_error(), "{bad}");
    }
    assert_eq!((elsewhere.asked_for(&elsewhere.file("png-1")), elsewhere.asked_for(&elsewhere.file("png-2"))), (0, 0));
    assert_eq!(status_of(&server, &address).await, StatusCode::OK);
    server.finish().await;
}

#[tokio::test]
async fn policies_hold_for_what_was_kept_too() {
    let (server, elsewhere, store) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    let bob = elsewhere.discovered(&server, "bob", "png-1").await;
    // Many servers keep their files under another name.
    let picture = RemotePicture { url: store.file("png-2"), description: String::new() };
    let actor = RemoteActor { avatar: Some(picture), ..elsewhere.described("carol") };
    let carol = server.app.commands.discover_account(By::operator(), actor).await.unwrap();
    let (kept, unseen) = (avatar(&server, bob).await, avatar(&server, carol).await);
    assert_eq!(status_of(&server, &kept).await, StatusCode::OK);
    for (severity, reject_media) in [(Severity::Noop, true), (Severity::Suspend, false)] {
        let block = DomainBlocked {
            domain: elsewhere.host.clone(),
            severity,
            reject_media,
            reject_reports: false,
            public_comment: None,
            private_comment: None,
            obfuscate: false,
        };
        server.app.commands.block_domain(By::operator(), block).await.unwrap();
        for address in [&kept, &unseen] {
            assert_eq!(status_of(&server, address).await, StatusCode::NOT_FOUND, "{severity:?}");
        }
    }
    assert_eq!((elsewhere.asked_for(&elsewhere.file("png-1")), store.asked_for(&store.file("png-2"))), (1, 0));
    server.app.commands.unblock_domain(By::operator(), &elsewhere.host).await.unwrap();
    assert_eq!((status_of(&server, &kept).await, elsewhere.asked_for(&elsewhere.file("png-1"))), (StatusCode::OK, 1));
    assert_eq!((status_of(&server, &unseen).await, store.asked_for(&store.file("png-2"))), (StatusCode::OK, 1));
    server.finish().await;
}

#[tokio::test]
async fn copies_go_with_what_they_belong_to() {
    let (server, elsewhere) = (TestServer::start().await, Remote::start().await);
    let bob = elsewhere.discovered(&server, "bob", "png-old").await;
    let mut status = elsewhere.status(bob, "1", chronodon::clock::now());
    status.attachments = vec![elsewhere.attachment("png-cat")];
    status.emojis = vec![elsewhere.emoji("gif_party")];
    status.text = "<p>:gif_party:</p>".to_owned();
    let uri = status.uri.clone();
    let id = received(&server, status).await;
    let shown = get(&server, &format!("{}/api/v1/statuses/{id}", server.base)).await;
    let shown: serde_json::Value = shown.json().await.unwrap();
    let of_status =
        [&shown["media_attachments"][0]["url"], &shown["emojis"][0]["url"]].map(|url| url.as_str().unwrap());
    let old = avatar(&server, bob).await;
    for address in of_status.into_iter().chain([&*old]) {
        assert_eq!(status_of(&server, address).await, StatusCode::OK, "{address}");
    }
    assert_eq!(files(&server, "remote"), 3);

    server.app.commands.bury_status(By::operator(), bob, &uri).await.unwrap();
    for address in of_status {
        assert_eq!(status_of(&server, address).await, StatusCode::NOT_FOUND, "{address}");
    }
    quiet(&server).await;
    assert_eq!((files(&server, "remote"), elsewhere.asked_for(&elsewhere.file("png-cat"))), (1, 1));

    elsewhere.discovered(&server, "bob", "png-new").await;
    let new = avatar(&server, bob).await;
    assert_eq!(status_of(&server, &new).await, StatusCode::OK);
    quiet(&server).await;
    assert_eq!(files(&server, "remote"), 1);
    assert_eq!((status_of(&server, &new).await, elsewhere.asked_for(&elsewhere.file("png-new"))), (StatusCode::OK, 1));

    let actor = elsewhere.described("bob").uri;
    server.app.commands.change_remote_account(By::operator(), &actor, &Command::Delete).await.unwrap();
    quiet(&server).await;
    assert_eq!((files(&server, "remote"), status_of(&server, &new).await), (0, StatusCode::NOT_FOUND));
    server.finish().await;
}

#[tokio::test]
async fn there_is_room_for_so_many_bytes() {
    let server = TestServer::start_with(|config| config.federation.media_cache_bytes = 8 * 4096).await;
    let elsewhere = Remote::start().await;
    for number in 0..20 {
        let name = format!("png-{number}");
        let account = elsewhere.discovered(&server, &format!("bob{number}"), &name).await;
        assert_eq!(status_of(&server, &avatar(&server, account).await).await, StatusCode::OK);
        assert!(files(&server, "remote") <= 8);
    }
    assert!(files(&server, "remote") >= 6);
    server.finish().await;
}
