//! Files of another server: `/files/NAME` answers by what the name begins with.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;

use super::Remote;
use crate::media::PNG;

impl Remote {
    /// The address of a file: `slow-…` comes late, `svg-…` and `page-…` are no pictures, `huge-…` has no end, `gone-…` is not
    /// there; everything else is a picture.
    pub fn file(&self, name: &str) -> String {
        self.url(&format!("/files/{name}"))
    }
}

pub(super) async fn answer(name: &str) -> Response {
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
