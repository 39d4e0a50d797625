//! Deserializers as forgiving as Rails' strong parameters and casts: for `#[serde(default, deserialize_with = "…")]`.
//!
//! | field | function |
//! |---|---|
//! | `Option<bool>` | [`boolean`] |
//! | `Option<i64>` (any integer) | [`integer`] |
//! | `Option<f64>` | [`float`] |
//! | `Option<String>`, `""` stays | [`text`] |
//! | `Option<String>`, blank is absent | [`filled`] |
//! | `Option<StatusId>` and other ids | [`id`] |
//! | `Option<Timestamp>` | [`timestamp`] |
//! | `Option<T>` for a hash (`poll[…]`) | [`object`] |
//! | `Vec<String>`, `Vec<StatusId>`, `Vec<T>` | [`texts`], [`ids`], [`objects`] |
//! | the same, telling absent from empty: `Option<Vec<_>>` | [`texts_if_given`], [`ids_if_given`], [`objects_if_given`] |
//!
//! A value of another shape than asked (a hash where a text is expected) counts as absent, as with strong parameters.
//! Text that is no number, no time, is refused. It must not know any endpoint's fields.

use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What Rails casts to false; blank is absent, and all else is true.
const FALSE: [&str; 8] = ["0", "f", "F", "false", "FALSE", "off", "OFF", "False"];

/// The id given when a text names no id at all: no record has it, so it is looked up, and not found.
const NO_ID: &str = "-1";

/// A boolean from `true`, `"true"`, `"1"`, `1`, `"on"`, `"t"` and the like.
///
/// # Errors
/// None of its own.
pub fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(given) => Some(given),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(!FALSE.contains(&text.as_str())),
        _ => None,
    })
}

/// An integer from a number or a decimal text; a fraction is cut off, blank is absent.
///
/// # Errors
/// For a text that is no number, and a number that does not fit.
pub fn integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let Some(text) = scalar(Value::deserialize(deserializer)?).filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let number = text.trim().parse::<i64>().ok().or_else(|| whole(text.trim()));
    let fitting = number.and_then(|number| T::try_from(number).ok());
    fitting.map(Some).ok_or_else(|| D::Error::custom("a number was expected"))
}

/// The whole part of a decimal fraction that an i64 can hold.
fn whole(text: &str) -> Option<i64> {
    let (before, after) = text.split_once('.')?;
    after.bytes().all(|byte| byte.is_ascii_digit()).then(|| before.parse().ok())?
}

/// A finite number from a number or a text; blank is absent.
///
/// # Errors
/// For a text that is no number.
pub fn float<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let Some(text) = scalar(Value::deserialize(deserializer)?).filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.map(Some).ok_or_else(|| D::Error::custom("a number was expected"))
}

/// A text; `""` is a text too, for fields that can be emptied.
///
/// # Errors
/// None of its own.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(deserializer).map(scalar)
}

/// A text that says something: blank is absent.
///
/// # Errors
/// None of its own.
pub fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// An id from a text or a number. Blank is absent; a text that is no id becomes one that nothing has.
///
/// # Errors
/// None for the ids of `events`.
pub fn id<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<Option<T>, D::Error> {
    filled(deserializer)?.map(|text| to_id(&text).map_err(D::Error::custom)).transpose()
}

fn to_id<T: FromStr>(text: &str) -> Result<T, T::Err> {
    text.trim().parse().or_else(|_| NO_ID.parse())
}

/// An ISO 8601 time, cut to milliseconds: with offset, or in UTC without; a date is its midnight. Blank is absent.
///
/// # Errors
/// For a text that is no time.
pub fn timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = filled(deserializer)? else { return Ok(None) };
    to_timestamp(text.trim()).map(Some).ok_or_else(|| D::Error::custom("a time in ISO 8601 was expected"))
}

fn to_timestamp(text: &str) -> Option<Timestamp> {
    let time = text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<DateTime>().ok().or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
        civil?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    let beyond = SignedDuration::from_nanos(i64::from(time.subsec_nanosecond().rem_euclid(1_000_000)));
    time.checked_sub(beyond).ok()
}

/// A hash of parameters; any other shape is absent.
///
/// # Errors
/// What `T` refuses.
pub fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if !value.is_object() {
        return Ok(None);
    }
    serde_json::from_value(value).map(Some).map_err(D::Error::custom)
}

/// Texts, one or many; blank ones are dropped (an empty `a[]=` is how forms send an empty list).
///
/// # Errors
/// None of its own.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(texts_if_given(deserializer)?.unwrap_or_default())
}

/// [`texts`], or nothing when the parameter is null.
///
/// # Errors
/// None of its own.
pub fn texts_if_given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let Some(elements) = many(Value::deserialize(deserializer)?) else { return Ok(None) };
    let texts = elements.into_iter().filter_map(scalar);
    Ok(Some(texts.filter(|text| !text.trim().is_empty()).collect()))
}

/// Ids, one or many, in the order given; blank ones are dropped.
///
/// # Errors
/// None for the ids of `events`.
pub fn ids<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(ids_if_given(deserializer)?.unwrap_or_default())
}

/// [`ids`], or nothing when the parameter is null.
///
/// # Errors
/// None for the ids of `events`.
pub fn ids_if_given<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let Some(texts) = texts_if_given(deserializer)? else { return Ok(None) };
    let ids = texts.iter().map(|text| to_id(text).map_err(D::Error::custom));
    ids.collect::<Result<_, _>>().map(Some)
}

/// Hashes, one or many, from an array or from a hash with indices (`fields_attributes[0][name]`).
///
/// # Errors
/// What `T` refuses.
pub fn objects<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(objects_if_given(deserializer)?.unwrap_or_default())
}

/// [`objects`], or nothing when the parameter is null.
///
/// # Errors
/// What `T` refuses.
pub fn objects_if_given<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let Some(elements) = many(Value::deserialize(deserializer)?) else { return Ok(None) };
    let hashes = elements.into_iter().filter(Value::is_object);
    hashes.map(|hash| serde_json::from_value(hash).map_err(D::Error::custom)).collect::<Result<_, _>>().map(Some)
}

/// The text of a scalar; nothing for null, arrays and hashes.
fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(given) => Some(given.to_string()),
        _ => None,
    }
}

/// An array as it is; a hash with indices in the order of its indices; any other single value as the only element.
fn many(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Null => None,
        Value::Array(elements) => Some(elements),
        Value::Object(fields) if is_indexed(&fields) => {
            let mut elements: Vec<_> = fields.into_iter().collect();
            elements.sort_by_key(|(index, _)| index.parse::<u64>().unwrap_or(u64::MAX));
            Some(elements.into_iter().map(|(_, element)| element).collect())
        }
        single => Some(vec![single]),
    }
}

/// Whether the keys only number the values: all are numbers, or (as Rails' nested attributes allow any key) all
/// values are hashes.
fn is_indexed(fields: &serde_json::Map<String, Value>) -> bool {
    fields.keys().all(|key| key.parse::<u64>().is_ok()) || fields.values().all(Value::is_object)
}

#[cfg(test)]
mod tests;
