//! Apps by themselves: registering, their own tokens, the password grant, revoking.

use reqwest::header;

use super::*;

#[tokio::test]
async fn an_app_s_own_token_is_nobody_s() {
    let server = TestServer::start().await;
    let client = register(&server, "read write").await;
    let grant = json!({
        "grant_type": "client_credentials",
        "client_id": client.id,
        "client_secret": client.secret,
        "scope": "read write",
    });
    let (status, token) = server.post_json("/oauth/token", &grant).await;
    assert_eq!(status, StatusCode::OK, "{token}");
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(whoami(&server, token).await, StatusCode::UNPROCESSABLE_ENTITY);
    let get = |path: &str| server.http.get(format!("{}{path}", server.base));
    let app = get("/api/v1/apps/verify_credentials").bearer_auth(token).send().await.unwrap();
    let app: Value = app.json().await.unwrap();
    assert_eq!((&app["name"], &app["scopes"]), (&json!("Tusky"), &json!(["read", "write"])));
    assert!(app.get("client_secret").is_none());
    let nobody = get("/api/v1/apps/verify_credentials").send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);

    let basic = server.http.post(format!("{}/oauth/token", server.base)).basic_auth(&client.id, Some(&client.secret));
    let answer = basic.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-store");
    assert_eq!(answer.json::<Value>().await.unwrap()["scope"], "read");
    let wrong = server.http.post(format!("{}/oauth/token", server.base)).basic_auth(&client.id, Some("wrong"));
    let wrong = wrong.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.json::<Value>().await.unwrap()["error"], "invalid_client");
    server.finish().await;
}

#[tokio::test]
async fn the_password_grant_is_off_unless_it_is_on() {
    for on in [false, true] {
        let server = TestServer::start_with(|config| config.oauth.password_grant = on).await;
        let client = register(&server, "read write").await;
        let alice = server.with_user("alice").await;
        server.gives_password(&alice, PASSWORD).await;
        let mut form = vec![
            ("grant_type", "password"),
            ("client_id", &*client.id),
            ("client_secret", &*client.secret),
            ("username", "alice@example.org"),
            ("password", PASSWORD),
            ("scope", "write"),
        ];
        let (status, token) = server.post_form("/oauth/token", &form).await;
        let documented = server.http.get(format!("{}/.well-known/oauth-authorization-server", server.base));
        let documented: Value = documented.send().await.unwrap().json().await.unwrap();
        let grants = documented["grant_types_supported"].as_array().unwrap();
        assert_eq!(grants.contains(&json!("password")), on);
        assert_eq!(documented["code_challenge_methods_supported"], json!(["S256"]));
        if on {
            assert_eq!(whoami(&server, token["access_token"].as_str().unwrap()).await, StatusCode::OK);
            form[4].1 = "wrong";
            assert_eq!(server.post_form("/oauth/token", &form).await.1["error"], "invalid_grant");
        } else {
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert_eq!(token["error"], "unsupported_grant_type");
        }
        server.finish().await;
    }
}

#[tokio::test]
async fn nobody_revokes_what_is_not_theirs() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let client = register(&server, "read").await;
    for (id, secret) in [(&*client.id, &*client.secret), (&*client.id, "wrong"), ("", "")] {
        let form = [("client_id", id), ("client_secret", secret), ("token", &*alice.token)];
        let (status, body) = server.post_form("/oauth/revoke", &form).await;
        assert_eq!((status, &body["error"]), (StatusCode::FORBIDDEN, &json!("unauthorized_client")));
    }
    assert_eq!(whoami(&server, &alice.token).await, StatusCode::OK);
    server.finish().await;
}

#[tokio::test]
async fn userinfo_needs_the_profile_scope() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    assert_eq!(alice.try_get("/oauth/userinfo").await.0, StatusCode::FORBIDDEN);
    let token = server.token_for(Some(alice.id), &["profile"]).await;
    let info = server.http.get(format!("{}/oauth/userinfo", server.base)).bearer_auth(token).send().await.unwrap();
    let info: Value = info.json().await.unwrap();
    assert_eq!((&info["preferred_username"], &info["iss"]), (&json!("alice"), &json!(format!("{}/", server.base))));
    server.finish().await;
}

#[tokio::test]
async fn an_app_says_what_it_is() {
    let server = TestServer::start().await;
    let form = [("client_name", "Old"), ("redirect_uris", "https://a.example/\nmastodon://callback")];
    let (status, app) = server.post_form("/api/v1/apps", &form).await;
    assert_eq!(status, StatusCode::OK, "{app}");
    assert_eq!(app["redirect_uris"], json!(["https://a.example/", "mastodon://callback"]));
    assert_eq!(app["redirect_uri"], "https://a.example/\nmastodon://callback");
    assert_eq!((&app["scopes"], &app["website"]), (&json!(["read"]), &Value::Null));
    assert_eq!((&app["client_secret_expires_at"], app["id"].is_string()), (&json!(0), true));
    for (field, value) in [
        ("client_name", ""),
        ("redirect_uris", ""),
        ("redirect_uris", "javascript:alert(1)"),
        ("redirect_uris", "/relative"),
        ("scopes", "everything"),
        ("website", "javascript:alert(1)"),
    ] {
        let mut form = vec![("client_name", "New"), ("redirect_uris", OUT_OF_BAND), ("scopes", "read")];
        form.retain(|(name, _)| *name != field);
        form.push((field, value));
        let (status, body) = server.post_form("/api/v1/apps", &form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}: {body}");
        assert!(body["error"].as_str().unwrap().starts_with("Validation failed: "), "{body}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_narrow_token_opens_nothing_else() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    for (scope, expected) in [
        ("write:statuses", StatusCode::OK),
        ("write", StatusCode::OK),
        ("write:media", StatusCode::FORBIDDEN),
        ("read", StatusCode::FORBIDDEN),
        ("follow", StatusCode::FORBIDDEN),
        ("profile", StatusCode::FORBIDDEN),
    ] {
        let token = server.token_for(Some(alice.id), &[scope]).await;
        assert_eq!(whoami(&server, &token).await, expected, "{scope}");
    }
    server.finish().await;
}
