//! The fields of a form that are at fault, with the `ERR_*` codes clients translate (client trap 9).
//!
//! Knows names and codes; what makes a field wrong is decided elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use chronodon_domain::Refusal;
use serde::Serialize;

use super::ApiError;

/// Why a field is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ErrorCode {
    /// The host of the e-mail address, or the name, is blocked here.
    #[serde(rename = "ERR_BLOCKED")]
    Blocked,
    /// The host of the e-mail address cannot be reached.
    #[serde(rename = "ERR_UNREACHABLE")]
    Unreachable,
    /// Somebody has it.
    #[serde(rename = "ERR_TAKEN")]
    Taken,
    /// A reserved word.
    #[serde(rename = "ERR_RESERVED")]
    Reserved,
    /// The agreement was not accepted.
    #[serde(rename = "ERR_ACCEPTED")]
    Accepted,
    /// Absent or blank.
    #[serde(rename = "ERR_BLANK")]
    Blank,
    /// Malformed.
    #[serde(rename = "ERR_INVALID")]
    Invalid,
    /// Too many characters.
    #[serde(rename = "ERR_TOO_LONG")]
    TooLong,
    /// Too few characters.
    #[serde(rename = "ERR_TOO_SHORT")]
    TooShort,
    /// Not one of the values allowed.
    #[serde(rename = "ERR_INCLUSION")]
    Inclusion,
}

impl ErrorCode {
    /// The code of these letters; a code that clients do not know says the least.
    fn of(code: &str) -> Self {
        match code {
            "ERR_TAKEN" => Self::Taken,
            "ERR_RESERVED" => Self::Reserved,
            "ERR_BLANK" => Self::Blank,
            "ERR_TOO_LONG" => Self::TooLong,
            "ERR_TOO_SHORT" => Self::TooShort,
            "ERR_INCLUSION" => Self::Inclusion,
            _ => Self::Invalid,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Fault {
    error: ErrorCode,
    description: String,
}

/// Faults by field. An empty one is no error: see [`Validation::check`].
#[derive(Clone, Debug, Default)]
pub struct Validation {
    faults: BTreeMap<&'static str, Vec<Fault>>,
    order: Vec<&'static str>,
}

impl Validation {
    /// No fault yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault. `description` reads on from the field's name: `has already been taken`.
    pub fn add(&mut self, field: &'static str, error: ErrorCode, description: impl Into<String>) {
        if !self.faults.contains_key(field) {
            self.order.push(field);
        }
        self.faults.entry(field).or_default().push(Fault { error, description: description.into() });
    }

    /// [`Validation::add`], for chains.
    #[must_use]
    pub fn and(mut self, field: &'static str, error: ErrorCode, description: impl Into<String>) -> Self {
        self.add(field, error, description);
        self
    }

    /// Adds what the domain says is at fault; a refusal of another kind names no field and adds nothing.
    #[must_use]
    pub fn refused(mut self, refusal: Refusal) -> Self {
        if let Refusal::Invalid { field, code, message } = refusal {
            self.add(field, ErrorCode::of(code), message);
        }
        self
    }

    /// Fine when nothing was found.
    ///
    /// # Errors
    /// 422 with all faults otherwise.
    pub fn check(self) -> Result<(), ApiError> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.into()) }
    }

    pub(super) fn details(&self) -> serde_json::Value {
        serde_json::to_value(&self.faults).unwrap_or_default()
    }
}

impl From<Validation> for ApiError {
    fn from(validation: Validation) -> Self {
        Self::Invalid(validation)
    }
}

impl fmt::Display for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentences = self.order.iter().flat_map(|field| {
            let faults = self.faults.get(field).into_iter().flatten();
            faults.map(move |fault| format!("{} {}", humanized(field), fault.description))
        });
        write!(f, "Validation failed: {}", sentences.collect::<Vec<_>>().join(", "))
    }
}

/// `date_of_birth` becomes `Date of birth`.
fn humanized(field: &str) -> String {
    let words = field.replace(['_', '.'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
