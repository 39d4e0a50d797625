//! The drill: back up under load, lose everything, restore, and find it all.

use std::fs;

use reqwest::StatusCode;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::process::{Serving, data_directory, run, run_json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_back() {
    let (_directory, data) = data_directory();
    let made = run(&data, &["account", "create", "alice", "--email", "alice@example.org", "--approve"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let token = run_json(&data, &["token", "create", "alice", "--scopes", "read write"])["access_token"].clone();
    let token = token.as_str().unwrap();
    let http = reqwest::Client::new();
    let serving = Serving::start(&data).await;
    let post = async |text: String| -> Value {
        let request = http.post(format!("http://{}/api/v1/statuses", serving.address)).bearer_auth(token);
        request.json(&json!({ "status": text })).send().await.unwrap().json().await.unwrap()
    };
    let mut kept = Vec::new();
    for n in 0..20 {
        kept.push(post(format!("kept {n}")).await["id"].as_str().unwrap().to_owned());
    }
    let gone = post("deleted before the backup".to_owned()).await["id"].as_str().unwrap().to_owned();
    let path = format!("http://{}/api/v1/statuses/{gone}", serving.address);
    assert_eq!(http.delete(path).bearer_auth(token).send().await.unwrap().status(), StatusCode::OK);

    let file = data.parent().unwrap().join("backup.tar.zst");
    let (backup, ()) = tokio::join!(
        async { tokio::task::block_in_place(|| run(&data, &["backup", file.to_str().unwrap()])) },
        async {
            for n in 0..20 {
                post(format!("during the backup {n}")).await;
            }
        }
    );
    assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    let key = fs::read(data.join("master.key")).unwrap();
    let bytes = fs::read(&file).unwrap();
    let plain = zstd::decode_all(&*bytes).unwrap();
    let holds = |needle: &[u8]| plain.windows(needle.len()).any(|window| window == needle);
    assert!(!holds(&key) && !holds(b"kept 7") && !holds(b"alice@example.org"), "the file can be read without the key");
    assert_eq!(run(&data, &["restore", file.to_str().unwrap()]).status.code(), Some(1), "never over a log");
    assert_eq!(serving.signal(Signal::TERM), Some(0));

    let (_other, restored) = data_directory();
    let done = run(&restored, &["restore", file.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!run(&restored, &["projections", "verify"]).status.success(), "not without the master key");
    fs::copy(data.join("master.key"), restored.join("master.key")).unwrap();
    let serving = Serving::start(&restored).await;
    for id in &kept {
        let path = format!("http://{}/api/v1/statuses/{id}", serving.address);
        let response = http.get(path).bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "the token and the status are back");
    }
    let path = format!("http://{}/api/v1/statuses/{gone}", serving.address);
    assert_eq!(http.get(path).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(run_json(&restored, &["projections", "verify"])["verdict"], "equal");
    assert_eq!(serving.signal(Signal::TERM), Some(0));
}
