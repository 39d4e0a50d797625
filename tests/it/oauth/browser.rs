//! The pages as a browser meets them: sessions, forged forms, guesses, people who may not come in.

use reqwest::header;

use super::*;

#[tokio::test]
async fn pages_are_not_framed_kept_or_scripted() {
    let server = TestServer::start().await;
    let client = register(&server, "read").await;
    let mut surfer = signed_in(&server, "alice").await;
    for path in ["/auth/sign_in", &*authorize(&client, CALLBACK, "read", &[]), "/oauth/authorize", "/auth/sign_in?x"] {
        let page = surfer.get(path).await;
        let header = |name: &str| page.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(header("cache-control").contains("no-store"), "{path}");
        assert!(page.headers.get("access-control-allow-origin").is_none(), "{path}");
        assert!(!page.body.contains("<script") && !page.body.contains("style=\""), "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let server = TestServer::start().await;
    let client = register(&server, "read").await;
    let mut surfer = signed_in(&server, "alice").await;
    let mut attacker = signed_in(&server, "mallory").await;
    let theirs = attacker.get(&authorize(&client, CALLBACK, "read", &[])).await.field("csrf").unwrap();
    let page = surfer.get(&authorize(&client, CALLBACK, "read", &[])).await;
    for forged in ["", "x", &*theirs] {
        let sent = surfer.submit(&page, &[("decision", "allow"), ("csrf", forged)]).await;
        assert_eq!((sent.status, &*sent.location), (StatusCode::FORBIDDEN, ""), "{forged}");
        let out = surfer.post("/auth/sign_out", &[("csrf", forged)]).await;
        assert_eq!(out.status, StatusCode::FORBIDDEN);
        let login = [("login", "mallory"), ("password", PASSWORD), ("csrf", forged)];
        assert_eq!(surfer.post("/auth/sign_in", &login).await.status, StatusCode::FORBIDDEN);
    }
    assert!(surfer.get("/auth/sign_in").await.body.contains("@alice@"));
    assert_ne!(page.field("csrf"), surfer.get("/auth/sign_in").await.field("csrf"), "masked anew each time");
    server.finish().await;
}

#[tokio::test]
async fn a_session_begins_and_ends_with_the_person() {
    let server = TestServer::start().await;
    let person = server.with_user("alice").await;
    server.gives_password(&person, PASSWORD).await;
    let mut surfer = Surfer::new(&server);
    let page = surfer.get("/auth/sign_in").await;
    let planted = surfer.cookie.clone().unwrap();
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    surfer.submit(&page, &[("login", "alice"), ("password", PASSWORD)]).await;
    let signed_in = surfer.cookie.clone().unwrap();
    assert_ne!(planted, signed_in, "signing in makes a new secret");
    let mut fixated = surfer.with_cookie(planted);
    assert!(!fixated.get("/auth/sign_in").await.body.contains("@alice@"));
    let rows = server.app.server_tables.get().await.unwrap();
    let stored: String = rows.query_one("SELECT sessions::text FROM server.sessions", &[]).await.unwrap().get(0);
    let secret = signed_in.split_once('=').unwrap().1;
    assert!(!stored.contains(secret) && !stored.contains(&hex::encode(secret)));

    let page = surfer.get("/auth/sign_in").await;
    assert!(page.body.contains("@alice@"));
    surfer.submit(&page, &[]).await;
    let mut kept = surfer.with_cookie(signed_in);
    assert!(!kept.get("/auth/sign_in").await.body.contains("@alice@"), "the old cookie is worth nothing");
    server.finish().await;
}

#[tokio::test]
async fn a_session_ends_with_the_password_and_with_time() {
    let server = TestServer::start().await;
    let mut alice = signed_in(&server, "alice").await;
    let mut bob = signed_in(&server, "bob").await;
    let ids = chronodon_projections::core::accounts::id_of_local_username(&server.app.reader, "alice").await.unwrap();
    server.app.credentials.change_password(ids.unwrap(), "another password").await.unwrap();
    assert!(!alice.get("/auth/sign_in").await.body.contains("@alice@"));
    let client = server.app.server_tables.get().await.unwrap();
    client.execute("UPDATE server.sessions SET expires_at = now() - interval '1 second'", &[]).await.unwrap();
    assert!(!bob.get("/auth/sign_in").await.body.contains("@bob@"));
    server.finish().await;
}

#[tokio::test]
async fn signing_in_leads_nowhere_else() {
    let server = TestServer::start().await;
    let person = server.with_user("alice").await;
    server.gives_password(&person, PASSWORD).await;
    for address in ["https://evil.example/", "//evil.example", "/\\evil.example", "/oauth/authorize/../../x", "/@x"] {
        let mut surfer = Surfer::new(&server);
        let page = surfer.get("/auth/sign_in").await;
        let form = [("login", "alice"), ("password", PASSWORD), ("return_to", address)];
        assert_eq!(surfer.submit(&page, &form).await.location, "/auth/sign_in", "{address}");
    }
    server.finish().await;
}

#[tokio::test]
async fn force_login_asks_once_more() {
    let server = TestServer::start().await;
    let client = register(&server, "read").await;
    let mut surfer = signed_in(&server, "alice").await;
    let forced = surfer.get(&authorize(&client, CALLBACK, "read", &[("force_login", "true")])).await;
    let page = surfer.get(&forced.location).await;
    assert!(page.field("return_to").is_some(), "{}", page.body);
    let back = surfer.submit(&page, &[("login", "alice"), ("password", PASSWORD)]).await;
    assert_eq!(surfer.get(&back.location).await.status, StatusCode::OK);
    server.finish().await;
}

#[tokio::test]
async fn who_may_not_use_the_server_is_told_only_with_the_right_password() {
    use chronodon::commands::{By, NewAccount};
    let server = TestServer::start_with(|config| config.oauth.password_grant = true).await;
    let client = register(&server, "read").await;
    for (name, approved, confirmed, word) in [("pam", false, true, "approved"), ("uma", true, false, "confirmed")] {
        let id = server.app.commands.new_account_id();
        let new = NewAccount { username: name.to_owned(), approved, confirmed, ..NewAccount::default() };
        server.app.commands.register_account(By::operator(), id, new).await.unwrap();
        let email = format!("{name}@example.org");
        let new = chronodon::auth::credentials::NewCredentials { account_id: id, email: &email, password: PASSWORD };
        server.app.credentials.store(new).await.unwrap();
        let mut surfer = Surfer::new(&server);
        let page = surfer.get("/auth/sign_in").await;
        let wrong = surfer.submit(&page, &[("login", name), ("password", "x")]).await;
        assert!(!wrong.body.contains(word), "{}", wrong.body);
        let right = surfer.submit(&page, &[("login", name), ("password", PASSWORD)]).await;
        assert!(right.status == StatusCode::UNPROCESSABLE_ENTITY && right.body.contains(word), "{}", right.body);
        let form = [
            ("grant_type", "password"),
            ("client_id", &*client.id),
            ("client_secret", &*client.secret),
            ("username", &*email),
            ("password", PASSWORD),
        ];
        let (status, body) = server.post_form("/oauth/token", &form).await;
        assert_eq!((status, &body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    }
    server.finish().await;
}

#[tokio::test]
async fn guesses_are_limited_by_address_and_by_account() {
    let limited = |config: &mut chronodon::config::Config| {
        config.rate_limits.enabled = true;
        config.rate_limits.sign_ins = 3;
    };
    let server = TestServer::start_with(limited).await;
    let mut surfer = Surfer::new(&server);
    let page = surfer.get("/auth/sign_in").await;
    for _ in 0..3 {
        let refused = surfer.submit(&page, &[("login", "alice"), ("password", "x")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused = surfer.submit(&page, &[("login", "alice"), ("password", "x")]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(server.post_form("/oauth/token", &[("grant_type", "password")]).await.0, StatusCode::TOO_MANY_REQUESTS);
    // The nearest proxy is believed, and what a client puts before it is not.
    let by = |forwarded: &'static str| {
        let request = server.http.post(format!("{}/oauth/token", server.base)).header("x-forwarded-for", forwarded);
        async move { request.send().await.unwrap().status() }
    };
    for _ in 0..3 {
        assert_eq!(by("1.2.3.4, 203.0.113.9").await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(by("6.6.6.6, 203.0.113.9").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(by("203.0.113.10").await, StatusCode::UNAUTHORIZED);
    server.finish().await;
}

#[tokio::test]
async fn a_suspension_ends_every_access_at_once() {
    use chronodon::auth::accounts::Named;
    use chronodon::commands::By;
    let server = TestServer::start().await;
    let client = register(&server, "read write").await;
    let mut surfer = signed_in(&server, "alice").await;
    let redirect = [("redirect_uri", CALLBACK)];
    let used = granted_code(&mut surfer, &authorize(&client, CALLBACK, "read write", &[])).await;
    let waiting = granted_code(&mut surfer, &authorize(&client, CALLBACK, "read write", &[])).await;
    let (_, token) = redeem(&server, &client, &used, &redirect).await;
    let id = chronodon_projections::core::accounts::id_of_local_username(&server.app.reader, "alice").await.unwrap();
    let alice = Named { id: id.unwrap(), username: "alice" };
    server.app.suspend_account(By::operator(), alice, None).await.unwrap();
    assert_eq!(whoami(&server, token["access_token"].as_str().unwrap()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(redeem(&server, &client, &waiting, &redirect).await.1["error"], "invalid_grant");
    let page = surfer.get("/auth/sign_in").await;
    assert!(!page.body.contains("@alice@"));
    let refused = surfer.submit(&page, &[("login", "alice"), ("password", PASSWORD)]).await;
    assert!(refused.body.contains("suspended"), "{}", refused.body);
    let apps = chronodon_projections::core::authorizations::apps_of(&server.app.reader, alice.id).await.unwrap();
    assert!(apps.is_empty());
    server.finish().await;
}
