//! The code grant: from the consent page to a token, and what does not get there.

use reqwest::header;

use super::*;

#[tokio::test]
async fn an_app_is_let_in_and_out_again() {
    let server = TestServer::start().await;
    let client = register(&server, "read write").await;
    let person = server.with_user("alice").await;
    server.gives_password(&person, PASSWORD).await;
    let mut surfer = Surfer::new(&server);
    let pkce = [("state", "a b&c"), ("code_challenge", &*challenge()), ("code_challenge_method", "S256")];

    // Not signed in: to the sign-in page, and back.
    let asked = surfer.get(&authorize(&client, CALLBACK, "read write", &pkce)).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let page = surfer.get(&asked.location).await;
    let wrong = surfer.submit(&page, &[("login", "alice"), ("password", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("role=\"alert\"") && wrong.body.contains("value=\"alice\""), "{}", wrong.body);
    let back = surfer.submit(&wrong, &[("login", "Alice"), ("password", PASSWORD)]).await;
    assert!(back.location.starts_with("/oauth/authorize?"), "{}", back.location);

    let consent = surfer.get(&back.location).await;
    assert!(consent.body.contains("Tusky") && consent.body.contains("sent back to app.example"), "{}", consent.body);
    let sent = surfer.submit(&consent, &[("decision", "allow")]).await;
    assert!(sent.location.starts_with("https://app.example/callback?from=us&code="), "{}", sent.location);
    assert_eq!(sent.query("state").as_deref(), Some("a b&c"));
    let code = sent.query("code").unwrap();

    let redirect = ("redirect_uri", CALLBACK);
    for wrong in [
        vec![redirect, ("code_verifier", "wrong")],
        vec![redirect],
        vec![("redirect_uri", OUT_OF_BAND), ("code_verifier", VERIFIER)],
        vec![("code_verifier", VERIFIER)],
    ] {
        let (status, body) = redeem(&server, &client, &code, &wrong).await;
        assert_eq!((status, &body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")), "{wrong:?}");
    }
    let (status, token) = redeem(&server, &client, &code, &[redirect, ("code_verifier", VERIFIER)]).await;
    assert_eq!(status, StatusCode::OK, "{token}");
    assert_eq!((&token["token_type"], &token["scope"]), (&json!("Bearer"), &json!("read write")));
    assert!(token["created_at"].is_i64());
    let bearer = token["access_token"].as_str().unwrap();
    assert_eq!(whoami(&server, bearer).await, StatusCode::OK);
    let history = server.app.history(chronodon_events::Position::START, 100).await.unwrap();
    assert_eq!(history.iter().filter(|event| format!("{:?}", event.body).contains("Authorized")).count(), 1);

    let revoke = [("client_id", &*client.id), ("client_secret", &*client.secret), ("token", bearer)];
    assert_eq!(server.post_form("/oauth/revoke", &revoke).await, (StatusCode::OK, json!({})));
    assert_eq!(server.post_form("/oauth/revoke", &revoke).await, (StatusCode::OK, json!({})), "again");
    assert_eq!(whoami(&server, bearer).await, StatusCode::UNAUTHORIZED);
    let history = server.app.history(chronodon_events::Position::START, 100).await.unwrap();
    assert_eq!(history.iter().filter(|event| format!("{:?}", event.body).contains("Revoked")).count(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_code_used_twice_ends_the_token_it_made() {
    let server = TestServer::start().await;
    let client = register(&server, "read write").await;
    let other = register(&server, "read write").await;
    let mut surfer = signed_in(&server, "alice").await;
    let code = granted_code(&mut surfer, &authorize(&client, CALLBACK, "read write", &[])).await;
    let redirect = [("redirect_uri", CALLBACK)];
    assert_eq!(redeem(&server, &other, &code, &redirect).await.1["error"], "invalid_grant", "another app's");
    let verified = [("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    assert_eq!(redeem(&server, &client, &code, &verified).await.1["error"], "invalid_grant", "no challenge was sent");
    let (_, token) = redeem(&server, &client, &code, &redirect).await;
    let bearer = token["access_token"].as_str().unwrap();
    assert_eq!(whoami(&server, bearer).await, StatusCode::OK);
    let (status, again) = redeem(&server, &client, &code, &redirect).await;
    assert_eq!((status, &again["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    assert_eq!(whoami(&server, bearer).await, StatusCode::UNAUTHORIZED);
    server.finish().await;
}

#[tokio::test]
async fn one_of_many_who_use_a_code_at_once_gets_a_token() {
    let server = TestServer::start().await;
    let client = register(&server, "read").await;
    let mut surfer = signed_in(&server, "alice").await;
    let code = granted_code(&mut surfer, &authorize(&client, CALLBACK, "read", &[])).await;
    let redeem = || redeem(&server, &client, &code, &[("redirect_uri", CALLBACK)]);
    let (a, b, c, d) = tokio::join!(redeem(), redeem(), redeem(), redeem());
    assert!([a, b, c, d].iter().filter(|(status, _)| status.is_success()).count() <= 1);
    server.finish().await;
}

#[tokio::test]
async fn an_expired_code_is_worth_nothing() {
    let server = TestServer::start().await;
    let client = register(&server, "read").await;
    let mut surfer = signed_in(&server, "alice").await;
    let code = granted_code(&mut surfer, &authorize(&client, CALLBACK, "read", &[])).await;
    let past = "UPDATE server.authorization_codes SET expires_at = now() - interval '1 second'";
    server.app.server_tables.get().await.unwrap().execute(past, &[]).await.unwrap();
    let (status, body) = redeem(&server, &client, &code, &[("redirect_uri", CALLBACK)]).await;
    assert_eq!((status, &body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    server.finish().await;
}

#[tokio::test]
async fn an_unknown_address_is_never_redirected_to() {
    let server = TestServer::start().await;
    let client = register(&server, "read").await;
    let mut surfer = signed_in(&server, "alice").await;
    for address in [
        "https://evil.example/",
        "https://app.example/callback",
        "https://app.example/callback?from=us&x=1",
        "https://app.example/callback?from=us/../evil",
        "HTTPS://app.example/callback?from=us",
        "",
    ] {
        let page = surfer.get(&authorize(&client, address, "read", &[])).await;
        assert_eq!((page.status, &*page.location), (StatusCode::BAD_REQUEST, ""), "{address}");
    }
    let nobody = Client { id: "nobody".to_owned(), secret: String::new() };
    let page = surfer.get(&authorize(&nobody, CALLBACK, "read", &[])).await;
    assert_eq!((page.status, &*page.location), (StatusCode::BAD_REQUEST, ""));
    server.finish().await;
}

#[tokio::test]
async fn what_an_app_may_not_ask_is_told_to_the_app() {
    let server = TestServer::start().await;
    let client = register(&server, "read").await;
    let mut surfer = signed_in(&server, "alice").await;
    let state = ("state", "s");
    for (scope, more, error) in [
        ("read write", vec![state], "invalid_scope"),
        ("admin:read", vec![state], "invalid_scope"),
        ("read", vec![state, ("code_challenge", VERIFIER)], "invalid_request"),
        ("read", vec![state, ("code_challenge", VERIFIER), ("code_challenge_method", "plain")], "invalid_request"),
    ] {
        let sent = surfer.get(&authorize(&client, CALLBACK, scope, &more)).await;
        assert!(sent.location.starts_with(CALLBACK), "{scope} {more:?}: {}", sent.body);
        assert_eq!(sent.query("error").as_deref(), Some(error));
        assert_eq!(sent.query("state").as_deref(), Some("s"));
        assert_eq!(sent.query("code"), None);
    }
    let token = authorize(&client, CALLBACK, "read", &[state]).replace("response_type=code", "response_type=token");
    assert_eq!(surfer.get(&token).await.query("error").as_deref(), Some("unsupported_response_type"));
    // The form is checked as the page was.
    let page = surfer.get(&authorize(&client, CALLBACK, "read", &[state])).await;
    let grown = surfer.submit(&page, &[("decision", "allow"), ("scope", "read write")]).await;
    assert_eq!(grown.query("error").as_deref(), Some("invalid_scope"));
    let moved = surfer.submit(&page, &[("decision", "allow"), ("redirect_uri", "https://evil.example/")]).await;
    assert_eq!((moved.status, &*moved.location), (StatusCode::BAD_REQUEST, ""));
    let denied = surfer.submit(&page, &[("decision", "deny")]).await;
    assert_eq!(denied.query("error").as_deref(), Some("access_denied"));
    assert_eq!(denied.query("state").as_deref(), Some("s"));
    server.finish().await;
}

#[tokio::test]
async fn a_code_can_be_carried_over_by_hand_or_to_an_app_s_own_scheme() {
    let server = TestServer::start().await;
    let client = register(&server, "read").await;
    let mut surfer = signed_in(&server, "alice").await;
    let page = surfer.get(&authorize(&client, OUT_OF_BAND, "read", &[])).await;
    let sent = surfer.submit(&page, &[("decision", "allow")]).await;
    let code = sent.query("code").unwrap();
    let shown = surfer.get(&sent.location).await;
    assert!(shown.status.is_success() && shown.body.contains(&code));
    let (status, token) = redeem(&server, &client, &code, &[("redirect_uri", OUT_OF_BAND)]).await;
    assert_eq!((status, &token["scope"]), (StatusCode::OK, &json!("read")));
    let markup = surfer.get("/oauth/authorize/native?code=%3Cscript%3E").await;
    assert_eq!(markup.status, StatusCode::BAD_REQUEST);

    let page = surfer.get(&authorize(&client, "mastodon://callback", "read", &[])).await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(!policy.contains("form-action"), "a browser would hold the redirect back: {policy}");
    let sent = surfer.submit(&page, &[("decision", "allow")]).await;
    assert!(sent.location.starts_with("mastodon://callback?code="), "{}", sent.location);
    server.finish().await;
}

#[tokio::test]
async fn the_log_says_of_every_token_that_its_app_was_let_in() {
    let server = TestServer::start().await;
    let client = register(&server, "read write").await;
    let mut surfer = signed_in(&server, "alice").await;
    let redirect = [("redirect_uri", CALLBACK)];
    let first = granted_code(&mut surfer, &authorize(&client, CALLBACK, "read", &[])).await;
    let second = granted_code(&mut surfer, &authorize(&client, CALLBACK, "read", &[])).await;
    let (_, token) = redeem(&server, &client, &first, &redirect).await;
    let token = token["access_token"].as_str().unwrap();
    let revoke = [("client_id", &*client.id), ("client_secret", &*client.secret), ("token", token)];
    server.post_form("/oauth/revoke", &revoke).await;
    let id = chronodon_projections::core::accounts::id_of_local_username(&server.app.reader, "alice").await.unwrap();
    let apps = || chronodon_projections::core::authorizations::apps_of(&server.app.reader, id.unwrap());
    assert_eq!(apps().await.unwrap().len(), 0, "its last token is gone");
    assert_eq!(redeem(&server, &client, &second, &redirect).await.0, StatusCode::OK);
    assert_eq!(apps().await.unwrap().len(), 1);
    server.finish().await;
}
