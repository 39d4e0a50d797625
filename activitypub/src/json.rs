//! A JSON document of a stranger, read within bounds.
//!
//! Parsers of the world disagree about keys that are there twice, so such a document is refused: what one program checked
//! another would not act on. NUL, which PostgreSQL can store neither in text nor in jsonb, is taken out of every string
//! and key here, once, so that nobody above needs to think of it. What the document means is not known here.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX, DOCUMENT_VALUES_MAX};

/// Why bytes are no JSON document that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// More bytes than [`DOCUMENT_BYTES_MAX`].
    #[error("the document is too large")]
    TooLarge,
    /// Deeper than [`DOCUMENT_DEPTH_MAX`].
    #[error("the document is nested too deeply")]
    TooDeep,
    /// More values than [`DOCUMENT_VALUES_MAX`].
    #[error("the document has too many values")]
    TooManyValues,
    /// One key twice in one object.
    #[error("the document has a key twice")]
    DuplicateKey,
    /// Bytes that are not UTF-8.
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// Anything else that is not JSON; also a number that is beyond all numbers, and half a surrogate.
    #[error("the document is not JSON")]
    Malformed,
}

/// Reads a document. Takes time and memory linear in its bytes (but for the order of keys).
///
/// # Errors
/// It is not JSON, or beyond a bound.
pub fn read(bytes: &[u8]) -> Result<Value, JsonError> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(JsonError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::NotUtf8)?;
    let bounds = Bounds::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Reader { bounds: &bounds, depth: 0 }.deserialize(&mut deserializer);
    let value = read.map_err(|_| bounds.breach.get().unwrap_or(JsonError::Malformed))?;
    deserializer.end().map_err(|_| JsonError::Malformed)?;
    Ok(value)
}

/// What has been read so far, and which bound ended the reading.
#[derive(Default)]
struct Bounds {
    values: Cell<usize>,
    breach: Cell<Option<JsonError>>,
}

impl Bounds {
    fn refuse<E: serde::de::Error>(&self, error: JsonError) -> E {
        self.breach.set(Some(error));
        E::custom(error)
    }
}

/// Reads one value, `depth` containers down.
#[derive(Clone, Copy)]
struct Reader<'a> {
    bounds: &'a Bounds,
    depth: usize,
}

impl Reader<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= DOCUMENT_DEPTH_MAX {
            return Err(self.bounds.refuse(JsonError::TooDeep));
        }
        Ok(Reader { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let values = self.bounds.values.get() + 1;
        self.bounds.values.set(values);
        if values > DOCUMENT_VALUES_MAX {
            return Err(self.bounds.refuse(JsonError::TooManyValues));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(without_nul(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(without_nul(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let key = without_nul(key);
            // serde_json takes keys of this form for its own: read again, they would become something else.
            if key.starts_with("$serde_json::private::") {
                return Err(A::Error::custom("a key of serde_json's own"));
            }
            if map.contains_key(&key) {
                return Err(self.bounds.refuse(JsonError::DuplicateKey));
            }
            map.insert(key, entries.next_value_seed(inner)?);
        }
        Ok(Value::Object(map))
    }
}

fn without_nul(mut text: String) -> String {
    if text.contains('\0') {
        text.retain(|c| c != '\0');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn what_is_json_is_read_as_it_is() {
        let text = r#" {"a": [1, -2, 0.5, true, null, "é\u00e9😀\ud83d\ude00"], "b": {"": 18446744073709551615}} "#;
        let expected = json!({"a": [1, -2, 0.5, true, null, "éé😀😀"], "b": {"": u64::MAX}});
        assert_eq!(read(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn bounds_end_the_reading() {
        assert!(read(nested(DOCUMENT_DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(read(nested(DOCUMENT_DEPTH_MAX + 1).as_bytes()), Err(JsonError::TooDeep));
        assert_eq!(read("[".repeat(100_000).as_bytes()), Err(JsonError::TooDeep));
        assert_eq!(read(r#"{"a":"#.repeat(100_000).as_bytes()), Err(JsonError::TooDeep));
        let array = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
        assert!(read(array(DOCUMENT_VALUES_MAX).as_bytes()).is_ok());
        assert_eq!(read(array(DOCUMENT_VALUES_MAX + 1).as_bytes()), Err(JsonError::TooManyValues));
        let text = format!("\"{}\"", "a".repeat(DOCUMENT_BYTES_MAX - 2));
        assert!(read(text.as_bytes()).is_ok());
        assert_eq!(read(format!("{text} ").as_bytes()), Err(JsonError::TooLarge));
    }

    #[test]
    fn a_key_twice_is_refused_at_every_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"\u0061":2}}]"#, r#"{"id":1,"i\u0000d":2}"#] {
            assert_eq!(read(text.as_bytes()), Err(JsonError::DuplicateKey), "{text}");
        }
        assert!(read(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn nul_is_taken_out_of_strings_and_keys() {
        assert_eq!(read(br#"{"con\u0000tent":["a\u0000b\u0000"]}"#), Ok(json!({"content": ["ab"]})));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", " ", "{", "[1,]", "{'a':1}", "1 2", "NaN", "1e999", r#""\ud800""#, "\u{feff}{}", "\"\u{0}\""] {
            assert_eq!(read(text.as_bytes()), Err(JsonError::Malformed), "{text}");
        }
        assert_eq!(read(b"\"\xff\""), Err(JsonError::NotUtf8));
        assert_eq!(read(br#"{"$serde_json::private::RawValue":"{}"}"#), Err(JsonError::Malformed));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn anything_like_json_is_read_as_serde_json_reads_it(text in r#"[\[\]{},:"a\\0-9eE.+\- ntrufalse]{0,60}"#) {
            if let Ok(value) = read(text.as_bytes()) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
            }
        }
    }
}
