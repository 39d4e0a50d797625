//! What a connection hands to its client.

use std::sync::Arc;

/// The content of a message, written once for all who get the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload {
    /// As it is: an entity as JSON, or a bare id.
    pub text: String,
    /// As a JSON string.
    quoted: String,
}

impl Payload {
    /// A payload of this text.
    #[must_use]
    pub fn new(text: String) -> Arc<Self> {
        let quoted = serde_json::Value::from(text.as_str()).to_string();
        Arc::new(Self { text, quoted })
    }
}

/// One event for one subscription.
#[derive(Clone, Debug)]
pub struct Message {
    /// The subscription's name and parameter, as a JSON array.
    pub stream: Arc<str>,
    /// `update`, `delete` and the like.
    pub event: &'static str,
    /// The content.
    pub payload: Arc<Payload>,
}

impl Message {
    /// The frame of a WebSocket. The payload is a JSON string in it, whatever it holds (client trap 22).
    #[must_use]
    pub fn frame(&self) -> String {
        let Self { stream, event, payload } = self;
        format!(r#"{{"stream":{stream},"event":"{event}","payload":{}}}"#, payload.quoted)
    }

    /// The lines of a server-sent event.
    #[must_use]
    pub fn lines(&self) -> String {
        format!("event: {}\ndata: {}\n\n", self.event, self.payload.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_a_string() {
        let payload = Payload::new(r#"{"id":"1","content":"\"hi\""}"#.to_owned());
        let message = Message { stream: r#"["hashtag","Rust"]"#.into(), event: "update", payload };
        let frame: serde_json::Value = serde_json::from_str(&message.frame()).unwrap();
        assert_eq!(frame["stream"], serde_json::json!(["hashtag", "Rust"]));
        let inner: serde_json::Value = serde_json::from_str(frame["payload"].as_str().unwrap()).unwrap();
        assert_eq!(inner["content"], "\"hi\"");
        assert_eq!(message.lines(), "event: update\ndata: {\"id\":\"1\",\"content\":\"\\\"hi\\\"\"}\n\n");
    }
}
