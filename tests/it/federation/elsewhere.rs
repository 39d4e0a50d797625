//! Files of a server elsewhere, and accounts and statuses of it as they are here once they were taken in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chronodon::commands::{By, ReceiveStatus};
use chronodon_events::remote::{QuotePolicy, RemoteActor, RemoteAttachment, RemoteEmoji, RemotePicture};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, MediaId, StatusId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::media::PNG;
use crate::support::TestServer;

/// A server elsewhere. `/files/<name>` answers by what the name begins with: see [`answer`].
pub struct Elsewhere {
    /// Host and port.
    pub authority: String,
    asked: Asked,
}

type Asked = Arc<Mutex<HashMap<String, usize>>>;

impl Elsewhere {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let asked = Asked::default();
        let router: Router = Router::new().route("/files/{name}", get(answer)).with_state(asked.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { authority, asked }
    }

    /// The address of a file.
    pub fn file(&self, name: &str) -> String {
        format!("http://{}/files/{name}", self.authority)
    }

    /// How often it was asked for a file.
    pub fn asked_for(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(name).copied().unwrap_or_default()
    }

    /// An account there, without pictures.
    pub fn actor(&self, name: &str) -> RemoteActor {
        let uri = format!("http://{}/users/{name}", self.authority);
        RemoteActor {
            url: uri.clone(),
            username: name.to_owned(),
            domain: self.authority.clone(),
            inbox: format!("{uri}/inbox"),
            uri,
            ..RemoteActor::default()
        }
    }

    /// Takes in an account with this avatar.
    pub async fn discovered(&self, server: &TestServer, name: &str, avatar: &str) -> AccountId {
        let avatar = Some(RemotePicture { url: self.file(avatar), description: String::new() });
        let actor = RemoteActor { avatar, ..self.actor(name) };
        server.app.commands.discover_account(By::operator(), actor).await.unwrap()
    }

    /// A status there.
    pub fn status(&self, account: AccountId, name: &str, published: Timestamp) -> ReceiveStatus {
        let uri = format!("http://{}/statuses/{name}", self.authority);
        ReceiveStatus {
            account,
            url: uri.clone(),
            uri,
            published,
            updated_at: None,
            visibility: Visibility::Public,
            in_reply_to: None,
            in_reply_to_uri: None,
            text: format!("<p>{name}</p>"),
            spoiler_text: String::new(),
            sensitive: false,
            language: None,
            mentions: Vec::new(),
            hashtags: Vec::new(),
            attachments: Vec::new(),
            emojis: Vec::new(),
            poll: None,
            quote: None,
            quote_policy: QuotePolicy::Nobody,
            conversation_uri: None,
        }
    }

    /// An attachment there.
    pub fn attachment(&self, name: &str) -> RemoteAttachment {
        RemoteAttachment {
            media_id: MediaId(0),
            kind: None,
            url: self.file(name),
            preview_url: None,
            mime_type: None,
            description: String::new(),
            blurhash: None,
            focus: None,
            width: None,
            height: None,
            duration_seconds: None,
        }
    }

    /// An emoji there.
    pub fn emoji(&self, name: &str) -> RemoteEmoji {
        RemoteEmoji { shortcode: name.to_owned(), url: self.file(name) }
    }
}

/// Takes a status in; it has not been deleted.
pub async fn received(server: &TestServer, status: ReceiveStatus) -> StatusId {
    let by = By::inbox(status.account, Uuid::from_u128(rand::random()));
    server.app.commands.receive_status(by, status).await.unwrap().unwrap()
}

async fn answer(State(asked): State<Asked>, Path(name): Path<String>) -> Response {
    *asked.lock().unwrap().entry(name.clone()).or_default() += 1;
    let kind = name.split('-').next().unwrap_or_default();
    let body = match kind {
        "slow" => {
            tokio::time::sleep(Duration::from_millis(700)).await;
            Body::from(PNG)
        }
        "svg" => Body::from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        "page" => Body::from("<!DOCTYPE html><script>alert(1)</script>".repeat(1_000)),
        "huge" => {
            let zeros = Bytes::from_static(&[0; 64 * 1024]);
            let pieces = std::iter::once(Bytes::from_static(PNG)).chain(std::iter::repeat(zeros));
            Body::from_stream(futures::stream::iter(pieces.map(Ok::<_, std::io::Error>)))
        }
        "gone" => return Response::builder().status(404).body(Body::empty()).unwrap(),
        _ => Body::from(PNG),
    };
    // Whatever it says it is: nobody believes it.
    let declared = if matches!(kind, "svg" | "page") { "image/png" } else { "text/html" };
    Response::builder().header("content-type", declared).body(body).unwrap()
}
