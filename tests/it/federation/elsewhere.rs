//! Another server, as far as a test needs one: it shows what it is told to show, takes what it is sent, has people who
//! sign, and is known to ours as if it had been met before.
//!
//! Knows no rules: it says what a test lets it say, true or not. What belongs together stands in a file below.

mod actor;
mod files;
mod inbox;
mod taken;

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::actor::{Actor, PUBLIC, account_of, follows, settled};
pub use self::inbox::{Manner, signed_by};
pub use self::taken::{followed_by, known, received, status_at};

/// The server; it ends with this value. Addresses of its own may be given as paths.
pub struct Remote {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// Host and port.
    pub host: String,
    world: Arc<World>,
    serving: JoinHandle<()>,
}

/// What it shows by path, what it was asked for, what it was sent.
#[derive(Default)]
struct World {
    base: String,
    pages: Mutex<HashMap<String, Page>>,
    /// Below this path there is always another page.
    endless: Mutex<Option<String>>,
    asked: Mutex<Vec<String>>,
    mail: inbox::Mail,
    /// How many activities have been made.
    made: AtomicUsize,
}

/// What stands at a path.
#[derive(Clone, Debug)]
enum Page {
    Document(Value),
    Status(u16),
    Redirect(String),
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Remote {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let base = format!("http://{host}");
        let world = Arc::new(World { base: base.clone(), ..World::default() });
        let router = Router::new().fallback(answer).with_state(world.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, host, world, serving }
    }

    /// An address at which nobody listens.
    pub fn dead() -> String {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Shows a document at an address.
    pub fn shows(&self, uri: &str, document: Value) {
        self.puts(uri, Page::Document(document));
    }

    /// Shows nothing at an address any more.
    pub fn hides(&self, uri: &str) {
        self.world.pages.lock().unwrap().remove(self.path(uri));
    }

    /// Answers with a status at an address.
    pub fn refuses(&self, uri: &str, status: u16) {
        self.puts(uri, Page::Status(status));
    }

    /// Leads from an address to another.
    pub fn redirects(&self, uri: &str, to: &str) {
        self.puts(uri, Page::Redirect(to.to_owned()));
    }

    /// Shows pages below a path that lead from one to the next without end.
    pub fn never_ends(&self, path: &str) {
        *self.world.endless.lock().unwrap() = Some(path.to_owned());
    }

    /// Answers who looks for the handle `acct` with this subject and actor.
    pub fn finds(&self, acct: &str, subject: &str, actor: &str) {
        let link = json!({ "rel": "self", "type": "application/activity+json", "href": actor });
        let found = json!({ "subject": format!("acct:{subject}"), "links": [link] });
        self.shows(&format!("/.well-known/webfinger?resource=acct:{acct}"), found);
    }

    /// Shows somebody who has a handle and no key; `more` is laid over the document. Returns the actor's address.
    pub fn profile(&self, name: &str, more: Value) -> String {
        let id = self.url(&format!("/users/{name}"));
        let actor = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Person",
            "preferredUsername": name, "inbox": format!("{id}/inbox"), "followers": format!("{id}/followers"),
            "endpoints": { "sharedInbox": self.url("/inbox") },
        });
        self.shows(&id, laid_over(actor, more));
        let acct = format!("{name}@{}", self.host);
        self.finds(&acct, &acct, &id);
        id
    }

    /// Shows a public note of somebody's at `/notes/{id}`; `more` is laid over the document. Returns its address.
    pub fn note(&self, author: &str, id: &str, more: Value) -> String {
        let uri = self.url(&format!("/notes/{id}"));
        let note = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": uri, "type": "Note",
            "attributedTo": self.url(&format!("/users/{author}")), "content": format!("<p>note {id}</p>"),
            "published": "2024-01-02T03:04:05Z", "to": [PUBLIC],
        });
        self.shows(&uri, laid_over(note, more));
        uri
    }

    /// How often it was asked for anything.
    pub fn asked(&self) -> usize {
        self.asked_below("")
    }

    /// How often an address was asked for.
    pub fn asked_for(&self, uri: &str) -> usize {
        let path = self.path(uri);
        self.world.asked.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }

    /// How often a path that begins so was asked for.
    pub fn asked_below(&self, path: &str) -> usize {
        self.world.asked.lock().unwrap().iter().filter(|asked| asked.starts_with(path)).count()
    }

    fn puts(&self, uri: &str, page: Page) {
        self.world.pages.lock().unwrap().insert(self.path(uri).to_owned(), page);
    }

    fn path<'a>(&self, uri: &'a str) -> &'a str {
        uri.strip_prefix(&self.base).unwrap_or(uri)
    }
}

fn laid_over(mut document: Value, more: Value) -> Value {
    if let Value::Object(more) = more {
        document.as_object_mut().unwrap().extend(more);
    }
    document
}

async fn answer(State(world): State<Arc<World>>, request: Request) -> Response {
    if request.method() == Method::POST {
        return world.mail.take(request).await.into_response();
    }
    let path = request.uri().path_and_query().unwrap().as_str().replace("%3A", ":").replace("%40", "@");
    world.asked.lock().unwrap().push(path.clone());
    if let Some(name) = path.strip_prefix("/files/") {
        return files::answer(name).await;
    }
    let page = world.pages.lock().unwrap().get(&path).cloned().or_else(|| world.endless_page(&path));
    match page {
        Some(Page::Document(document)) => show(&path, &document),
        Some(Page::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Page::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn show(path: &str, document: &Value) -> Response {
    let webfinger = path.starts_with("/.well-known/webfinger");
    let media_type = if webfinger { "application/jrd+json" } else { "application/activity+json" };
    ([(header::CONTENT_TYPE, media_type)], document.to_string()).into_response()
}

impl World {
    fn endless_page(&self, path: &str) -> Option<Page> {
        let endless = self.endless.lock().unwrap().clone()?;
        let number: usize = path.strip_prefix(&*endless)?.parse().unwrap_or(0);
        let url = |path: String| format!("{}{path}", self.base);
        let (next, item) = (url(format!("{endless}{}", number + 1)), url(format!("/no/{number}")));
        let id = url(path.to_owned());
        Some(Page::Document(json!({ "id": id, "type": "CollectionPage", "next": next, "items": [item] })))
    }
}
