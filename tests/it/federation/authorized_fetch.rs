//! Where only those who sign read: strangers who sign are met, once, and those whose key is nobody's are not asked for
//! again and again.

use super::elsewhere::Remote;
use super::trio::{Trio, finds, finds_status, follows, handle, reads};
use crate::support::TestServer;

#[tokio::test]
async fn servers_that_have_never_met_read_each_other() {
    let trio = Trio::start_with(|config| config.federation.authorized_fetch = true).await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let carol = trio.three.with_user("carol").await;
    // Each server asks the other for its actor, signed by an actor that the other has yet to ask for.
    let (bob_handle, alice_handle) = (handle(&trio.two, "bob"), handle(&trio.one, "alice"));
    let (seen_by_alice, seen_by_bob) = tokio::join!(finds(&alice, &bob_handle), finds(&bob, &alice_handle));
    assert_eq!((&seen_by_alice["username"], &seen_by_bob["username"]), (&"bob".into(), &"alice".into()));

    follows(&alice, &handle(&trio.two, "bob")).await;
    let posted = bob.posts("read me").await;
    reads(&alice, "read me").await;
    let found = finds_status(&carol, posted["uri"].as_str().unwrap()).await;
    assert!(found["content"].as_str().unwrap().contains("read me"), "{found}");
    trio.finish().await;
}

#[tokio::test]
async fn a_stranger_who_signs_is_met_once() {
    let server = TestServer::start_with(|config| config.federation.authorized_fetch = true).await;
    server.with_user("alice").await;
    let elsewhere = Remote::start().await;
    let bob = elsewhere.actor("bob");
    for _ in 0..3 {
        assert_eq!(bob.reads(&server, "/users/alice").await, 200);
        assert_eq!(bob.reads(&server, "/users/alice/outbox").await, 200);
    }
    assert_eq!(elsewhere.asked_for(&bob.uri), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_is_nobodys_is_asked_for_once_by_all_processes() {
    let server = TestServer::start_with(|config| config.federation.authorized_fetch = true).await;
    server.with_user("alice").await;
    let elsewhere = Remote::start().await;
    let eve = elsewhere.actor("eve");
    elsewhere.hides(&eve.uri);
    for _ in 0..3 {
        assert_eq!(eve.reads(&server, "/users/alice").await, 401);
    }
    assert_eq!(elsewhere.asked_for(&eve.uri), 1);
    let second = server.second().await;
    assert_eq!(eve.reads(&second, "/users/alice/followers_synchronization").await, 401);
    assert_eq!(elsewhere.asked_for(&eve.uri), 1, "another process knows it, as this one does when it starts again");
    // What everybody may read is shown to whoever asks.
    assert_eq!(eve.reads(&server, "/actor").await, 200);
    second.finish().await;
    server.finish().await;
}
