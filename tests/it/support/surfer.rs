//! A browser without JavaScript: keeps one cookie, fills in forms, follows nothing by itself.

use chronodon::auth::credentials::NewCredentials;
use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Method, StatusCode, redirect};
use serde_json::Value;

use super::{Person, TestServer};

impl TestServer {
    /// The person can sign in as `<name>@example.org`, or by name, with this password.
    pub async fn gives_password(&self, person: &Person, password: &str) {
        let ids = [person.id.get()];
        let accounts = chronodon_projections::core::accounts::by_ids(&self.app.reader, &ids).await.unwrap();
        let email = format!("{}@example.org", accounts[0].username);
        let new = NewCredentials { account_id: person.id, email: &email, password };
        self.app.credentials.store(new).await.unwrap();
    }

    /// Sends a form as nobody.
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        answer(self.http.post(format!("{}{path}", self.base)).form(form)).await
    }

    /// Sends JSON as nobody.
    pub async fn post_json(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.http.post(format!("{}{path}", self.base)).json(body)).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

/// Somebody with a browser.
#[derive(Clone)]
pub struct Surfer {
    /// `name=secret`, as the browser sends it.
    pub cookie: Option<String>,
    base: String,
    http: Client,
}

/// A page, or where it sends.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// Where it redirects to; empty when it does not.
    pub location: String,
}

impl Surfer {
    pub fn new(server: &TestServer) -> Self {
        let http = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { cookie: None, base: server.base.clone(), http }
    }

    /// Another browser, with a cookie that it got somewhere.
    pub fn with_cookie(&self, cookie: String) -> Self {
        Self { cookie: Some(cookie), ..self.clone() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, &[]).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(Method::POST, path, form).await
    }

    /// Sends the page's form with its hidden fields; `filled` ones win.
    pub async fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let action = attribute(tags(&page.body, "<form ").next().unwrap(), "action").unwrap();
        let hidden = tags(&page.body, "<input ").filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
        let hidden = hidden.map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap()));
        let mut form: Vec<_> = hidden.filter(|(name, _)| filled.iter().all(|(other, _)| other != name)).collect();
        form.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.post(&action, &form).await
    }

    async fn send(&mut self, method: Method, path: &str, form: &[(&str, &str)]) -> Page {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if method == Method::POST {
            request = request.form(form);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        if let Some(set) = text(header::SET_COOKIE) {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        let location = text(header::LOCATION).unwrap_or_default();
        Page { status, headers, body: response.text().await.unwrap(), location }
    }
}

impl Page {
    /// A parameter of the address it redirects to.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.location.split_once('?')?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    }

    /// The value of a form's field.
    pub fn field(&self, name: &str) -> Option<String> {
        let named = tags(&self.body, "<input ").find(|tag| attribute(tag, "name").as_deref() == Some(name));
        named.and_then(|tag| attribute(tag, "value"))
    }
}

fn tags<'a>(html: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    html.match_indices(start).map(|(at, _)| html[at..].split('>').next().unwrap_or_default())
}

/// An attribute's value, with the few escapes that our templates write.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?;
    let escapes = [("&#38;", "&"), ("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">")];
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    let unescape = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    Some(escapes.iter().chain(&named).fold(value.to_owned(), unescape))
}
