//! Another server, that says whatever a test lets it say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What stands at a path.
#[derive(Clone, Debug)]
enum Page {
    Document(Value),
    Status(u16),
    Redirect(String),
}

#[derive(Default)]
struct Said {
    pages: HashMap<String, Page>,
    handles: HashMap<String, Value>,
    asked: Vec<String>,
    /// Below this path there is always another page.
    endless: Option<String>,
}

/// The server; it ends with the test.
#[derive(Clone)]
pub struct Remote {
    pub base: String,
    pub domain: String,
    said: Arc<Mutex<Said>>,
}

impl Remote {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = listener.local_addr().unwrap().to_string();
        let remote = Self { base: format!("http://{domain}"), domain, said: Arc::default() };
        let router = Router::new().fallback(answer).with_state(remote.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        remote
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn put(&self, path: &str, document: Value) {
        self.said.lock().unwrap().pages.insert(path.to_owned(), Page::Document(document));
    }

    pub fn put_status(&self, path: &str, status: u16) {
        self.said.lock().unwrap().pages.insert(path.to_owned(), Page::Status(status));
    }

    pub fn put_redirect(&self, path: &str, to: &str) {
        self.said.lock().unwrap().pages.insert(path.to_owned(), Page::Redirect(to.to_owned()));
    }

    pub fn put_endless(&self, path: &str) {
        self.said.lock().unwrap().endless = Some(path.to_owned());
    }

    /// `acct` is answered with this subject and actor.
    pub fn put_handle(&self, acct: &str, subject: &str, actor: &str) {
        let link = json!({"rel": "self", "type": "application/activity+json", "href": actor});
        let answer = json!({"subject": format!("acct:{subject}"), "links": [link]});
        self.said.lock().unwrap().handles.insert(format!("acct:{acct}"), answer);
    }

    /// How often a path that begins so was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.said.lock().unwrap().asked.iter().filter(|asked| asked.starts_with(path)).count()
    }

    /// An actor with a handle; `more` is laid over its document.
    pub fn actor(&self, name: &str, more: Value) -> String {
        let id = self.url(&format!("/users/{name}"));
        let mut actor = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Person",
            "preferredUsername": name, "inbox": format!("{id}/inbox"), "followers": format!("{id}/followers"),
            "endpoints": {"sharedInbox": self.url("/inbox")},
        });
        lay_over(&mut actor, more);
        self.put(&format!("/users/{name}"), actor);
        let acct = format!("{name}@{}", self.domain);
        self.put_handle(&acct, &acct, &id);
        id
    }

    /// A public note of `author`'s at `/notes/{id}`; `more` is laid over its document.
    pub fn note(&self, author: &str, id: &str, more: Value) -> String {
        let uri = self.url(&format!("/notes/{id}"));
        let mut note = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": uri, "type": "Note",
            "attributedTo": self.url(&format!("/users/{author}")), "content": format!("<p>note {id}</p>"),
            "published": "2024-01-02T03:04:05Z", "to": ["https://www.w3.org/ns/activitystreams#Public"],
        });
        lay_over(&mut note, more);
        self.put(&format!("/notes/{id}"), note);
        uri
    }
}

fn lay_over(document: &mut Value, more: Value) {
    if let Value::Object(more) = more {
        document.as_object_mut().unwrap().extend(more);
    }
}

async fn answer(State(remote): State<Remote>, uri: Uri) -> Response {
    let path = uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
    let mut said = remote.said.lock().unwrap();
    said.asked.push(path.clone());
    if let Some(resource) = path.strip_prefix("/.well-known/webfinger?resource=") {
        let pair = format!("={resource}");
        let resource = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
        return match resource.and_then(|resource| said.handles.get(&resource).cloned()) {
            Some(answer) => ([(header::CONTENT_TYPE, "application/jrd+json")], answer.to_string()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        };
    }
    if let Some(number) = said.endless.as_ref().and_then(|endless| path.strip_prefix(endless.as_str())) {
        let number: usize = number.parse().unwrap_or(0);
        let (id, next) = (remote.url(&path), remote.url(&format!("{}{}", said.endless.clone().unwrap(), number + 1)));
        let page =
            json!({"id": id, "type": "CollectionPage", "next": next, "items": [remote.url(&format!("/no/{number}"))]});
        return ([(header::CONTENT_TYPE, "application/activity+json")], page.to_string()).into_response();
    }
    match said.pages.get(&path).cloned() {
        Some(Page::Document(value)) => {
            ([(header::CONTENT_TYPE, "application/activity+json")], value.to_string()).into_response()
        }
        Some(Page::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Page::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
