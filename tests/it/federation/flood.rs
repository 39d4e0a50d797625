//! Many requests that name keys which are not there, are others', or cannot be asked for: they cost little, and nobody else
//! notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chronodon::clock;
use futures::future::join_all;
use serde_json::json;
use tokio::net::TcpListener;

use super::elsewhere::{Actor, Remote, follows};
use crate::support::TestServer;

const FLOOD: usize = 150;

/// Something that takes connections, counts them, and says nothing; it hangs up at once or never.
struct Mute {
    address: String,
    connections: Arc<AtomicUsize>,
}

impl Mute {
    async fn start(address: &str, hangs: bool) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let mute = Self { address: listener.local_addr().unwrap().to_string(), connections: Arc::default() };
        let connections = mute.connections.clone();
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                held.extend(Some(stream).filter(|_| hangs));
            }
        });
        mute
    }

    fn key(&self, number: usize) -> String {
        format!("http://{}/keys/{number}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Sends as many requests as `keys` says, at once, each naming another key. The statuses of the answers, each once.
async fn flood(server: &TestServer, by: &Actor, key: impl Fn(usize) -> String) -> Vec<u16> {
    let send = async |number: usize| {
        let key = key(number);
        let mut activity = by.does("Like", "http://127.0.0.1/x");
        // It is on the key's server: nothing is wrong with it that could be known without the key.
        let origin = key.split_inclusive('/').take(3).collect::<String>();
        activity["actor"] = json!(format!("{origin}users/somebody"));
        activity["id"] = json!(format!("{origin}likes/{number}"));
        let request = by.signs(server, activity.to_string().as_bytes(), &key, clock::now());
        request.send().await.unwrap().status().as_u16()
    };
    let mut statuses = join_all((0..FLOOD).map(send)).await;
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_that_names_keys_costs_little_and_holds_up_nobody() {
    let server = TestServer::start_with(|config| {
        config.federation.allowed_private_networks = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let (remote, elsewhere) = (Remote::start().await, Remote::start().await);
    let (alice, bob, eve) = (server.with_user("alice").await, remote.actor("bob"), elsewhere.actor("eve"));
    follows(&server, &alice, "alice", &bob).await;
    let head = server.app.head().await.unwrap();

    // The key of somebody known, who did not sign: it might be a new one, so it is asked for, once.
    let asked = remote.asked_for(&bob.uri);
    assert_eq!(flood(&server, &eve, |_| format!("{}#main-key", bob.uri)).await, [401]);
    assert!(remote.asked_for(&bob.uri) <= asked + 1);
    // One that is not there.
    let missing = format!("{}/keys/missing", elsewhere.base);
    assert!(flood(&server, &eve, |_| missing.clone()).await.iter().all(|status| [401, 503].contains(status)));
    assert_eq!(elsewhere.asked_for(&missing), 1);
    // Many that are not there.
    let many = |number: usize| format!("{}/keys/{number}", elsewhere.base);
    assert!(flood(&server, &eve, many).await.iter().all(|status| [401, 503].contains(status)));
    assert!((0..FLOOD).all(|number| elsewhere.asked_for(&many(number)) <= 1));
    // Some on a server that does not answer: it is not asked for one after the other.
    let closed = Mute::start("127.0.0.1:0", false).await;
    for _ in 0..2 {
        assert_eq!(flood(&server, &eve, |number| closed.key(number)).await, [503]);
    }
    assert!((1..=64).contains(&closed.connections()), "{}", closed.connections());
    // Some where nothing may be called.
    let trap = Mute::start("127.0.0.2:0", false).await;
    flood(&server, &eve, |number| trap.key(number)).await;
    flood(&server, &eve, |number| format!("http://169.254.169.254/{number}")).await;
    assert_eq!(trap.connections(), 0);
    assert_eq!(server.app.head().await.unwrap(), head);

    // While a server keeps all who ask waiting, those who are known are heard, and those who are new.
    let slow = Mute::start("127.0.0.1:0", true).await;
    let flooding = flood(&server, &eve, |number| slow.key(number));
    let hearing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for number in 0..20 {
            let begun = std::time::Instant::now();
            bob.tells(&server, &bob.does("Create", bob.note(&number.to_string(), "<p>heard</p>"))).await;
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        }
        let dora = remote.actor("dora");
        dora.tells(&server, &dora.does("Follow", format!("{}/users/alice", server.app.base_url))).await;
        assert_eq!(alice.get("/api/v1/timelines/home?limit=40").await.as_array().unwrap().len(), 20);
    };
    tokio::select! {
        () = hearing => {}
        () = async { drop(flooding.await); std::future::pending().await } => {}
    }
    assert!(slow.connections() <= 64, "{}", slow.connections());
    server.finish().await;
}
