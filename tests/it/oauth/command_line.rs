//! `chronodon app` and `chronodon token`, beside a server and without one.

use crate::support::process::{Serving, data_directory, run, run_json};

async fn status(serving: &Serving, token: &str) -> u16 {
    let url = format!("http://{}/api/v1/apps/verify_credentials", serving.address);
    reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn tokens_are_made_and_ended_beside_a_server_and_without_one() {
    let (_directory, data) = data_directory();
    let serving = Serving::start(&data).await;
    run_json(&data, &["account", "create", "alice", "--email", "alice@example.org", "--password", "correct horse"]);
    let app = run_json(&data, &["app", "create", "Phone", "--client-id", "phone", "--client-secret", "s3cret"]);
    assert_eq!((&app["client_id"], &app["client_secret"]), (&"phone".into(), &"s3cret".into()));
    assert_eq!(run(&data, &["app", "create", "Other", "--client-id", "phone"]).status.code(), Some(1));
    let made = ["token", "create", "alice", "--scopes", "read write", "--app", "phone", "--token", "t0ken"];
    assert_eq!(String::from_utf8(run(&data, &made).stdout).unwrap(), "t0ken\n");
    assert_eq!(run(&data, &made).status.code(), Some(1), "the same token again");
    assert_eq!(run(&data, &["token", "create", "nobody"]).status.code(), Some(1));
    assert_eq!(run(&data, &["token", "create", "alice", "--scopes", "fly"]).status.code(), Some(1));
    assert_eq!(status(&serving, "t0ken").await, 200);
    assert_eq!(serving.signal(rustix::process::Signal::TERM), Some(0));

    let other = run_json(&data, &["token", "create", "alice"]);
    let listed = run_json(&data, &["token", "list", "alice"]);
    let listed: Vec<_> = listed.as_array().unwrap().iter().map(|token| (&token["app"], &token["scope"])).collect();
    assert_eq!(listed, [(&"Command line".into(), &"read".into()), (&"Phone".into(), &"read write".into())]);
    let id = other["id"].as_str().unwrap();
    assert!(run(&data, &["token", "revoke", id]).status.success());
    assert_eq!(run(&data, &["token", "revoke", id]).status.code(), Some(1));
    let serving = Serving::start(&data).await;
    assert_eq!(status(&serving, "t0ken").await, 200);
    assert_eq!(status(&serving, other["access_token"].as_str().unwrap()).await, 401);
    assert!(run(&data, &["token", "revoke", "t0ken"]).status.success());
    assert_eq!(status(&serving, "t0ken").await, 401);
}
