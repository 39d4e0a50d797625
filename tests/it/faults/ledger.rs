//! A client that writes down what it was promised.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Posts in flight at once.
const WRITERS: usize = 8;
/// Between two tries of one write.
const RETRY: Duration = Duration::from_millis(50);
/// No write may stay unanswered for longer.
const UNANSWERED_MAX: Duration = Duration::from_secs(90);

/// What was acknowledged: the id of the status that each key has made.
#[derive(Clone)]
pub struct Ledger {
    base: String,
    token: String,
    http: Client,
    next: Arc<AtomicU64>,
    made: Arc<Mutex<BTreeMap<String, String>>>,
    refused: Arc<Mutex<Vec<(StatusCode, String)>>>,
}

/// Writers at work.
pub struct Load {
    writers: JoinSet<()>,
    over: Arc<AtomicBool>,
}

impl Ledger {
    pub fn new(address: &str, token: String) -> Self {
        let http = Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        let (next, made, refused) = (Arc::default(), Arc::default(), Arc::default());
        Self { base: format!("http://{address}"), token, http, next, made, refused }
    }

    /// Begins to write.
    pub fn load(&self) -> Load {
        let (over, mut writers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for _ in 0..WRITERS {
            let (ledger, over) = (self.clone(), over.clone());
            writers.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let key = format!("{}-{}", ledger.base, ledger.next.fetch_add(1, Ordering::Relaxed));
                    let id = ledger.post_until_answered(&key).await;
                    ledger.made.lock().unwrap().insert(key, id);
                }
            });
        }
        Load { writers, over }
    }

    /// How many writes were acknowledged.
    pub fn answered(&self) -> usize {
        self.made.lock().unwrap().len()
    }

    /// What writes were refused with that were tried again.
    pub fn refusals(&self) -> Vec<(StatusCode, String)> {
        self.refused.lock().unwrap().clone()
    }

    async fn post_until_answered(&self, key: &str) -> String {
        let began = Instant::now();
        loop {
            if let Some(id) = self.post(key).await {
                return id;
            }
            assert!(began.elapsed() < UNANSWERED_MAX, "{key} was not answered in time");
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn post(&self, key: &str) -> Option<String> {
        let request = self.http.post(format!("{}/api/v1/statuses", self.base)).bearer_auth(&self.token);
        let request = request.header("Idempotency-Key", key).json(&json!({ "status": format!("written as {key}") }));
        let response = request.send().await.ok()?;
        match response.status() {
            StatusCode::OK => response.json::<Value>().await.ok()?["id"].as_str().map(str::to_owned),
            status if status.is_server_error() => {
                let body = response.text().await.unwrap_or_default();
                self.refused.lock().unwrap().push((status, body));
                None
            }
            status => panic!("{key} was refused with {status}: {}", response.text().await.unwrap_or_default()),
        }
    }

    /// Everything acknowledged can be read, and every key still leads to the same status.
    pub async fn everything_is_there(&self) {
        self.is_at(&self.base).await;
        let made = self.made.lock().unwrap().clone();
        for (key, id) in made.iter().step_by(1 + made.len() / 50) {
            assert_eq!(self.post(key).await.as_ref(), Some(id), "{key} has another result now");
        }
    }

    /// Everything acknowledged can be read at another server.
    pub async fn is_also_at(&self, address: &str) {
        self.is_at(&format!("http://{address}")).await;
    }

    async fn is_at(&self, base: &str) {
        let made = self.made.lock().unwrap().clone();
        assert!(made.len() > 10, "the load has written {} statuses", made.len());
        let distinct: std::collections::BTreeSet<_> = made.values().collect();
        assert_eq!(distinct.len(), made.len(), "two keys have one result");
        for (key, id) in &made {
            let request = self.http.get(format!("{base}/api/v1/statuses/{id}")).bearer_auth(&self.token);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{key}: {id} was acknowledged and is missing");
            let content = response.json::<Value>().await.unwrap()["content"].to_string();
            assert!(content.contains("written as"), "{content}");
        }
    }
}

impl Load {
    /// Stops writing; every write that was begun is answered.
    pub async fn settle(mut self) {
        self.over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.writers.join_next().await {
            ended.unwrap();
        }
    }
}
