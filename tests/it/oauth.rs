//! Apps, the grants of OAuth 2, and the pages where a person lets an app in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Surfer, TestServer};

const CALLBACK: &str = "https://app.example/callback?from=us";
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const PASSWORD: &str = "correct horse battery";

struct Client {
    id: String,
    secret: String,
}

async fn register(server: &TestServer, scopes: &str) -> Client {
    let body = json!({
        "client_name": "Tusky",
        "redirect_uris": [CALLBACK, OUT_OF_BAND, "mastodon://callback"],
        "scopes": scopes,
        "website": "https://app.example",
    });
    let (status, app) = server.post_json("/api/v1/apps", &body).await;
    assert_eq!(status, StatusCode::OK, "{app}");
    let text = |name: &str| app[name].as_str().unwrap().to_owned();
    Client { id: text("client_id"), secret: text("client_secret") }
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

fn authorize(client: &Client, redirect_uri: &str, scope: &str, more: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("response_type", "code").append_pair("client_id", &client.id);
    query.append_pair("redirect_uri", redirect_uri).append_pair("scope", scope);
    query.extend_pairs(more);
    format!("/oauth/authorize?{}", query.finish())
}

/// A person with a password, signed in with a browser.
async fn signed_in(server: &TestServer, name: &str) -> Surfer {
    let person = server.with_user(name).await;
    server.gives_password(&person, PASSWORD).await;
    let mut surfer = Surfer::new(server);
    let page = surfer.get("/auth/sign_in").await;
    let done = surfer.submit(&page, &[("login", name), ("password", PASSWORD)]).await;
    assert_eq!((done.status, &*done.location), (StatusCode::SEE_OTHER, "/auth/sign_in"), "{}", done.body);
    surfer
}

/// Signs in, lets the app in, and returns the code that the app gets.
async fn code(surfer: &mut Surfer, path: &str) -> String {
    let page = surfer.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{} {}", page.location, page.body);
    let sent = surfer.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    sent.query("code").unwrap()
}

async fn redeem(server: &TestServer, client: &Client, code: &str, more: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", &client.id),
        ("client_secret", &client.secret),
        ("code", code),
    ];
    form.extend(more);
    server.post_form("/oauth/token", &form).await
}

async fn whoami(server: &TestServer, token: &str) -> StatusCode {
    let request = server.http.post(format!("{}/api/v1/statuses", server.base)).bearer_auth(token);
    request.json(&json!({ "status": "from the app" })).send().await.unwrap().status()
}

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
    let code = code(&mut surfer, &authorize(&client, CALLBACK, "read write", &[])).await;
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
    let code = code(&mut surfer, &authorize(&client, CALLBACK, "read", &[])).await;
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
    let code = code(&mut surfer, &authorize(&client, CALLBACK, "read", &[])).await;
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
    client.execute("UPDATE server.sessions SET expires_at = now()", &[]).await.unwrap();
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
