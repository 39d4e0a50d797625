//! Serving over real HTTP.

use reqwest::{Client, RequestBuilder, Response};
use tokio::io::AsyncWriteExt;

use super::*;
use crate::media::{FileType, Output, Section};

struct Server {
    origin: String,
    client: Client,
    store: Store,
    _data_dir: tempfile::TempDir,
}

impl Server {
    async fn start() -> Self {
        let data_dir = tempfile::tempdir().expect("a directory");
        let store = Store::open(data_dir.path()).expect("opens");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("bound"));
        let app: Router = router(store.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { origin, client: Client::new(), store, _data_dir: data_dir }
    }

    async fn put(&self, bytes: &'static [u8]) -> String {
        let output = Output { file_type: FileType::Mp4, bytes: bytes.into() };
        let path = self.store.put(Section::Attachments, 42, &output).await.expect("kept");
        format!("{}{URL_PREFIX}{path}", self.origin)
    }
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("answered")
}

impl Server {
    /// The status line for exactly this path: client libraries clean paths before they send them.
    async fn raw_status(&self, path: &str) -> String {
        let address = self.origin.strip_prefix("http://").expect("ours");
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("connected");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer.lines().next().unwrap_or_default().to_owned()
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn files_come_whole_with_headers_that_disarm_them() {
    let server = Server::start().await;
    let url = server.put(b"0123456789").await;
    let response = send(server.client.get(&url).header("accept", "application/activity+json")).await;
    assert_eq!(response.status(), 200);
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("content-length", "10"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("content-disposition", "inline"),
        ("accept-ranges", "bytes"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(header(&response, name), value, "{name}");
    }
    assert_eq!(response.bytes().await.expect("a body"), "0123456789");
    let head = send(server.client.head(&url)).await;
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "10"));
}

#[tokio::test]
async fn parts_and_unchanged_files() {
    let server = Server::start().await;
    let url = server.put(b"0123456789").await;
    let part = send(server.client.get(&url).header("range", "bytes=2-5")).await;
    assert_eq!((part.status().as_u16(), header(&part, "content-range")), (206, "bytes 2-5/10"));
    let tag = header(&part, "etag").to_owned();
    assert_eq!(part.bytes().await.expect("a body"), "2345");
    let tail = send(server.client.get(&url).header("range", "bytes=-3").header("if-range", &tag)).await;
    assert_eq!(tail.bytes().await.expect("a body"), "789");
    let other = send(server.client.get(&url).header("range", "bytes=-3").header("if-range", "\"x\"")).await;
    assert_eq!(other.bytes().await.expect("a body"), "0123456789");
    let beyond = send(server.client.get(&url).header("range", "bytes=10-")).await;
    assert_eq!((beyond.status().as_u16(), header(&beyond, "content-range")), (416, "bytes */10"));
    let unchanged = send(server.client.get(&url).header("if-none-match", format!("W/{tag}"))).await;
    assert_eq!(unchanged.status(), 304);
    assert_eq!(unchanged.bytes().await.expect("no body"), "");
}

#[tokio::test]
async fn nothing_else_of_the_disk_is_served() {
    let server = Server::start().await;
    let url = server.put(b"0123456789").await;
    std::fs::write(server.store.root().join("attachments/note.json"), "{}").expect("written");
    std::fs::write(server.store.root().join("incoming/42"), "raw").expect("written");
    let path = url.strip_prefix(&server.origin).expect("ours");
    for bad in [
        "/media/attachments/note.json".to_owned(),
        "/media/incoming/42".to_owned(),
        "/media/".to_owned(),
        "/media/attachments".to_owned(),
        "/media/..%2f..%2fetc%2fpasswd".to_owned(),
        "/media/%2e%2e/%2e%2e/etc/passwd".to_owned(),
        "/media/../../../../etc/passwd".to_owned(),
        "/media//etc/passwd".to_owned(),
        "/media/attachments%5c..%5c".to_owned(),
        format!("{path}%00"),
        format!("{path}/"),
        path.replace(".mp4", ".html"),
        path.replace("attachments/", "attachments/./"),
        path.replace("attachments/", "avatars/"),
    ] {
        assert_eq!(server.raw_status(&bad).await, "HTTP/1.1 404 Not Found", "{bad}");
    }
    assert_eq!(server.raw_status(path).await, "HTTP/1.1 200 OK");
    let gone = server.store.delete(path.strip_prefix(URL_PREFIX).expect("ours")).await;
    gone.expect("deleted");
    let response = send(server.client.get(&url)).await;
    assert_eq!((response.status().as_u16(), header(&response, "x-content-type-options")), (404, "nosniff"));
    assert_eq!(header(&response, "cache-control"), "", "an absence is not kept for ever");
}
