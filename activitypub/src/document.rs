//! The fields of a document, as strangers write them: one value or a list of them, an address or an object that has one,
//! a text or nothing.
//!
//! What is not as it should be counts as not there; what must be there says so with a [`DocumentError`]. Which fields
//! belong together is not known here.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::limits::{TIME_BYTES_MAX, TYPE_CHARS_MAX, TYPES_MAX, URI_BYTES_MAX};
use crate::uri::{Uri, UriError, UriRules};

/// Why a document is not what it was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Text, a number, a list.
    #[error("the document is no object")]
    NotAnObject,
    /// No type that is read here.
    #[error("the document is of another type")]
    WrongType,
    /// A field that must be there; says which.
    #[error("the document has no {0}")]
    Missing(&'static str),
    /// A field that is not what it must be; says which.
    #[error("the document's {0} is malformed")]
    Malformed(&'static str),
    /// A field that is too long and may not be cut; says which.
    #[error("the document's {0} is too long")]
    TooLong(&'static str),
    /// An address that is not acceptable; says which, and why.
    #[error("the document's {0} is not acceptable: {1}")]
    Address(&'static str, UriError),
    /// An address on another server than the document's own; says which.
    #[error("the document's {0} is on another server")]
    Foreign(&'static str),
}

/// An object within a document.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    pub(crate) rules: UriRules,
}

impl<'a> Fields<'a> {
    /// None where the value is no object.
    pub(crate) fn of(value: &'a Value, rules: UriRules) -> Option<Fields<'a>> {
        value.as_object().map(|map| Fields { map, rules })
    }

    /// The document itself.
    pub(crate) fn of_document(value: &'a Value, rules: UriRules) -> Result<Fields<'a>, DocumentError> {
        Fields::of(value, rules).ok_or(DocumentError::NotAnObject)
    }

    /// The value, unless it is null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// The text, unless it is blank.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }

    /// The values of a list, or the one value that is there instead; at most `max`.
    pub(crate) fn list(&self, name: &str, max: usize) -> impl Iterator<Item = &'a Value> + use<'a> {
        let values = match self.get(name) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        values.iter().take(max)
    }

    /// The objects of a list, or the one that is there instead; at most `max`.
    pub(crate) fn objects(&self, name: &str, max: usize) -> impl Iterator<Item = Fields<'a>> + use<'a> {
        let rules = self.rules;
        self.list(name, max).filter_map(move |value| Fields::of(value, rules))
    }

    /// The object, or the first of several.
    pub(crate) fn object(&self, name: &str) -> Option<Fields<'a>> {
        self.objects(name, 1).next()
    }

    /// The address, or the first of several, of something else: see [`address_of`].
    pub(crate) fn uri(&self, name: &str) -> Option<Uri> {
        let text = self.list(name, 1).next().and_then(address_of)?;
        Uri::parse(text, self.rules).ok()
    }

    /// An address that must be there.
    pub(crate) fn required_uri(&self, name: &'static str) -> Result<Uri, DocumentError> {
        let text = self.list(name, 1).next().and_then(address_of).ok_or(DocumentError::Missing(name))?;
        Uri::parse(text, self.rules).map_err(|error| DocumentError::Address(name, error))
    }

    /// Addresses as they came, of those who may be anything: collections, actors, or the public.
    pub(crate) fn addresses(&self, name: &str, max: usize) -> Vec<String> {
        let short = |text: &&str| !text.is_empty() && text.len() <= URI_BYTES_MAX;
        self.list(name, max).filter_map(address_of).filter(short).map(str::to_owned).collect()
    }

    /// Whether it is there and true.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A whole number that is not negative; 3.0 is one.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let value = self.get(name)?;
        let whole = |number: f64| (number.fract() == 0.0 && (0.0..9e15).contains(&number)).then_some(number as u64);
        value.as_u64().or_else(|| value.as_f64().and_then(whole))
    }

    /// A time: see [`time_of`].
    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        self.get(name).and_then(Value::as_str).and_then(time_of)
    }

    /// Seconds: a number of them, or a duration of ISO 8601.
    pub(crate) fn seconds(&self, name: &str) -> Option<f64> {
        let seconds = match self.get(name)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) if text.len() <= TIME_BYTES_MAX => text.parse::<SignedDuration>().ok()?.as_secs_f64(),
            _ => return None,
        };
        (seconds.is_finite() && seconds > 0.0).then_some(seconds)
    }

    /// The types, of which an object may have several.
    pub(crate) fn types(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.list("type", TYPES_MAX).filter_map(Value::as_str).filter(|name| name.len() <= TYPE_CHARS_MAX)
    }

    /// Whether one of the types is this.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.types().any(|name| name == kind)
    }
}

/// The address that a value is or has: a text, an object's `id`, or a link's `href`.
pub(crate) fn address_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(map) => ["id", "href"].iter().find_map(|name| map.get(*name).and_then(Value::as_str)),
        _ => None,
    }
}

/// A time of RFC 3339, of this side of 1970 (before which there was no post). Where the offset is missing, it is UTC. Cut
/// to whole milliseconds: what is finer would be another time once a database had kept it.
pub(crate) fn time_of(text: &str) -> Option<Timestamp> {
    if text.len() > TIME_BYTES_MAX {
        return None;
    }
    let as_utc = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let time = text.parse::<Timestamp>().ok().or_else(as_utc).filter(|time| *time >= Timestamp::UNIX_EPOCH)?;
    Timestamp::from_millisecond(time.as_millisecond()).ok()
}

/// The first so many chars.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    text.char_indices().nth(chars_max).map_or(text, |(end, _)| &text[..end]).to_owned()
}

/// Whether there are more chars than that.
pub(crate) fn is_longer(text: &str, chars_max: usize) -> bool {
    text.char_indices().nth(chars_max).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_value_or_a_list_or_nothing() {
        let value =
            json!({"one": "a", "many": ["a", {"id": "b"}, {"id": null, "href": "c"}, 4, null, ""], "none": null});
        let fields = Fields::of(&value, UriRules::Public).unwrap();
        assert_eq!(fields.addresses("one", 9), ["a"]);
        assert_eq!(fields.addresses("many", 9), ["a", "b", "c"]);
        assert_eq!(fields.addresses("many", 2), ["a", "b"]);
        assert!(fields.addresses("none", 9).is_empty() && fields.addresses("missing", 9).is_empty());
    }

    #[test]
    fn times_as_peers_write_them() {
        let time = |text: &str| time_of(text).map(|time| time.to_string());
        for text in ["2024-02-29T12:00:00Z", "2024-02-29T13:00:00+01:00", "2024-02-29T12:00:00", "2024-02-29 12:00:00Z"]
        {
            assert_eq!(time(text).as_deref(), Some("2024-02-29T12:00:00Z"), "{text}");
        }
        for text in ["", "yesterday", "2023-02-29T12:00:00Z", "1969-12-31T23:59:59Z", "-009999-01-01T00:00:00Z"] {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(time("2024-02-29T12:00:00.123999999Z").as_deref(), Some("2024-02-29T12:00:00.123Z"));
        assert_eq!(time_of(&"9".repeat(100_000)), None);
    }

    #[test]
    fn numbers_and_seconds() {
        let value = json!({"a": 3, "b": 3.0, "c": -3, "d": 3.5, "e": "3", "f": 1e300,
            "s": "PT1M1.5S", "t": 2.5, "u": "PT-1S", "v": "P", "w": 0});
        let fields = Fields::of(&value, UriRules::Public).unwrap();
        let numbers: Vec<_> = ["a", "b", "c", "d", "e", "f"].iter().map(|name| fields.number(name)).collect();
        assert_eq!(numbers, [Some(3), Some(3), None, None, None, None]);
        let seconds: Vec<_> = ["s", "t", "u", "v", "w"].iter().map(|name| fields.seconds(name)).collect();
        assert_eq!(seconds, [Some(61.5), Some(2.5), None, None, None]);
    }

    #[test]
    fn texts_are_cut_between_chars() {
        assert_eq!(cut("aé😀b", 3), "aé😀");
        assert_eq!(cut("aé", 2), "aé");
        assert!(is_longer("abc", 2) && !is_longer("ab", 2));
    }
}
