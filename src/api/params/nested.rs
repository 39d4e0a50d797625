//! Rack's rules for nested names: `a[]`, `a[b]`, `a[b][]`, `a[][id]`, `a[0][name]`.
//!
//! Builds one JSON value out of flat pairs. Must not know where the pairs came from. Indices stay keys of an object
//! (`a[0]` is no array here, as in Rack); `params::lenient` reads such objects as arrays.

use chronodon_domain::limits::{BODY_DEPTH_MAX, BODY_FIELDS_MAX};
use serde_json::{Map, Value};

use crate::api::error::ApiError;

/// The value under construction.
#[derive(Default)]
pub(super) struct Pairs {
    root: Map<String, Value>,
    count: usize,
}

/// One step into the value: a key, or the end of an array.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Push,
}

impl Pairs {
    /// Adds `name=value`. The last of equal names wins.
    ///
    /// # Errors
    /// 400 for too many pairs, too deep a name, a NUL, or a name that needs two shapes (`a=1&a[]=2`).
    pub(super) fn add(&mut self, name: &str, value: Option<String>) -> Result<(), ApiError> {
        self.count += 1;
        if self.count > BODY_FIELDS_MAX {
            return Err(ApiError::bad_request("Too many parameters"));
        }
        if name.contains('\0') || value.as_deref().is_some_and(|text| text.contains('\0')) {
            return Err(contains_nul());
        }
        let Some((key, steps)) = steps(name)? else { return Ok(()) };
        let slot = self.root.entry(key).or_insert(Value::Null);
        put(slot, &steps, value.map_or(Value::Null, Value::String))
            .map_err(|Conflict| ApiError::bad_request(format!("The parameter {name} contradicts another one")))
    }

    /// The finished object.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.root
    }
}

/// A name that is a hash here and a text there.
struct Conflict;

/// Splits `a[b][]` into `a` and `[Key(b), Push]`. Broken brackets make the whole name one key; no name, no parameter.
fn steps(name: &str) -> Result<Option<(&str, Vec<Step<'_>>)>, ApiError> {
    let (key, mut rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    if name.is_empty() {
        return Ok(None);
    }
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|open| open.split_once(']'));
        let Some((step, after)) = inner.filter(|(step, _)| !key.is_empty() && !step.contains('[')) else {
            return Ok(Some((name, Vec::new())));
        };
        steps.push(if step.is_empty() { Step::Push } else { Step::Key(step) });
        rest = after;
    }
    if steps.len() >= BODY_DEPTH_MAX {
        return Err(too_deep());
    }
    Ok(Some((key, steps)))
}

fn put(slot: &mut Value, steps: &[Step<'_>], value: Value) -> Result<(), Conflict> {
    match steps {
        [] => *slot = value,
        [Step::Push] => array(slot)?.push(value),
        [Step::Push, Step::Push, ..] => return Err(Conflict),
        [Step::Push, rest @ ..] => {
            let elements = array(slot)?;
            if elements.last().is_none_or(|last| !last.is_object() || has(last, rest)) {
                elements.push(Value::Object(Map::new()));
            }
            let last = elements.last_mut().ok_or(Conflict)?;
            put(last, rest, value)?;
        }
        [Step::Key(key), rest @ ..] => put(object(slot)?.entry(*key).or_insert(Value::Null), rest, value)?,
    }
    Ok(())
}

/// Whether the element already holds what the steps lead to, so that they begin the next element of the array.
fn has(element: &Value, steps: &[Step<'_>]) -> bool {
    let mut value = element;
    for step in steps {
        let Step::Key(key) = step else { return false };
        match value.get(*key) {
            Some(inner) => value = inner,
            None => return false,
        }
    }
    true
}

fn array(slot: &mut Value) -> Result<&mut Vec<Value>, Conflict> {
    if slot.is_null() {
        *slot = Value::Array(Vec::new());
    }
    slot.as_array_mut().ok_or(Conflict)
}

fn object(slot: &mut Value) -> Result<&mut Map<String, Value>, Conflict> {
    if slot.is_null() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().ok_or(Conflict)
}

/// Holds a JSON body to the bounds of a form: no deeper than `depth_max`, and no NUL, which PostgreSQL cannot store.
///
/// # Errors
/// 400.
pub(super) fn check(value: &Value, depth_max: usize) -> Result<(), ApiError> {
    let Some(depth) = depth_max.checked_sub(1) else { return Err(too_deep()) };
    match value {
        Value::String(text) if text.contains('\0') => Err(contains_nul()),
        Value::Array(elements) => elements.iter().try_for_each(|element| check(element, depth)),
        Value::Object(fields) => fields.iter().try_for_each(|(key, field)| {
            if key.contains('\0') {
                return Err(contains_nul());
            }
            check(field, depth)
        }),
        _ => Ok(()),
    }
}

fn too_deep() -> ApiError {
    ApiError::bad_request("The parameters are nested too deeply")
}

fn contains_nul() -> ApiError {
    ApiError::bad_request("A parameter contains a null byte")
}
