//! How an account presents itself: what a person may change about it, and what bounds it has.

use chronodon_events::remote::QuotePolicy;
use chronodon_events::values::{Field, ImageFile, PostingDefaults, Profile, Visibility};

use crate::{Refusal, limits, text};

/// What a person changes; absent is left as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Plain text.
    pub display_name: Option<String>,
    /// Plain text.
    pub note: Option<String>,
    /// All of them, as `(name, value)`; blank ones are dropped.
    pub fields: Option<Vec<(String, String)>>,
    /// Absent inside: the default picture.
    pub avatar: Option<Option<ImageFile>>,
    /// Absent inside: the default picture.
    pub header: Option<Option<ImageFile>>,
    /// Alternative text; kept only where there is a picture.
    pub avatar_description: Option<String>,
    /// Alternative text; kept only where there is a picture.
    pub header_description: Option<String>,
    /// Follows need approval.
    pub locked: Option<bool>,
    /// Acts automatically.
    pub bot: Option<bool>,
    /// May be suggested and listed.
    pub discoverable: Option<bool>,
    /// Public statuses may be found by search.
    pub indexable: Option<bool>,
    /// Followers and following are hidden from others.
    pub hide_collections: Option<bool>,
    /// Visibility of new statuses.
    pub visibility: Option<Visibility>,
    /// Media of new statuses hidden behind a warning.
    pub sensitive: Option<bool>,
    /// ISO 639-1 code of new statuses; absent inside: the person's own language.
    pub language: Option<Option<String>>,
    /// Who may quote new statuses.
    pub quote_policy: Option<QuotePolicy>,
}

impl Changes {
    /// The profile with these changes, within bounds.
    pub(super) fn profile(&self, before: &Profile) -> Result<Profile, Refusal> {
        let mut profile = before.clone();
        let line = |text: &String| text::strip_controls(text).trim().to_owned();
        set(&mut profile.display_name, self.display_name.as_ref().map(line));
        set(&mut profile.note, self.note.as_ref().map(line));
        set(&mut profile.fields, self.fields.as_ref().map(|fields| self::fields(fields, &before.fields)));
        picture(&mut profile.avatar, self.avatar.as_ref(), self.avatar_description.as_ref().map(line));
        picture(&mut profile.header, self.header.as_ref(), self.header_description.as_ref().map(line));
        set(&mut profile.locked, self.locked);
        set(&mut profile.bot, self.bot);
        set(&mut profile.discoverable, self.discoverable);
        set(&mut profile.indexable, self.indexable);
        set(&mut profile.hide_collections, self.hide_collections);
        check(&profile)?;
        Ok(profile)
    }

    /// The posting defaults with these changes.
    pub(super) fn posting_defaults(&self, before: &PostingDefaults) -> Result<PostingDefaults, Refusal> {
        let defaults = PostingDefaults {
            visibility: self.visibility.unwrap_or(before.visibility),
            sensitive: self.sensitive.unwrap_or(before.sensitive),
            language: self.language.clone().unwrap_or_else(|| before.language.clone()),
            quote_policy: self.quote_policy.unwrap_or(before.quote_policy),
        };
        if defaults.language.as_deref().is_some_and(|language| !is_language(language)) {
            return Err(Refusal::invalid("default_language", "ERR_INCLUSION", "is not included in the list"));
        }
        Ok(defaults)
    }
}

/// A language as a status may name it: an ISO 639 code, perhaps with a script or region, such as `de` or `zh-TW`.
#[must_use]
pub fn is_language(code: &str) -> bool {
    let mut parts = code.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && code.len() <= limits::LANGUAGE_CHARS_MAX
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Within bounds.
pub(super) fn check(profile: &Profile) -> Result<(), Refusal> {
    within("display_name", text::count_graphemes(&profile.display_name), limits::DISPLAY_NAME_CHARACTERS_MAX)?;
    within("display_name", profile.display_name.len(), limits::PROFILE_TEXT_BYTES_MAX)?;
    within("note", text::count(&profile.note), limits::NOTE_CHARACTERS_MAX)?;
    within("note", profile.note.len(), limits::PROFILE_TEXT_BYTES_MAX)?;
    for (field, file) in [("avatar_description", &profile.avatar), ("header_description", &profile.header)] {
        let length = file.as_ref().map_or(0, |file| file.description.chars().count());
        within(field, length, limits::AVATAR_DESCRIPTION_CHARS_MAX)?;
    }
    within("fields", profile.fields.len(), limits::PROFILE_FIELDS_MAX)?;
    for field in &profile.fields {
        if field.name.is_empty() {
            let message = "contains values with missing labels";
            return Err(Refusal::invalid("fields", "ERR_INVALID", message));
        }
        within("fields", field.name.chars().count(), limits::PROFILE_FIELD_NAME_CHARS_MAX)?;
        within("fields", field.value.chars().count(), limits::PROFILE_FIELD_VALUE_CHARS_MAX)?;
    }
    Ok(())
}

fn within(field: &'static str, length: usize, max: usize) -> Result<(), Refusal> {
    if length <= max {
        return Ok(());
    }
    Err(Refusal::invalid(field, "ERR_TOO_LONG", format!("is too long (maximum is {max} characters)")))
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn picture(place: &mut Option<ImageFile>, file: Option<&Option<ImageFile>>, description: Option<String>) {
    if let Some(file) = file {
        // Another picture shows something else: the old description does not describe it.
        *place = file.clone();
    }
    if let (Some(file), Some(description)) = (place, description) {
        file.description = description;
    }
}

/// Trimmed and cut to their bounds, blank ones dropped. A value that stays keeps its verification.
fn fields(given: &[(String, String)], before: &[Field]) -> Vec<Field> {
    let cut = |text: &str, max: usize| text::strip_controls(text).trim().chars().take(max).collect::<String>();
    let fields = given.iter().map(|(name, value)| {
        let name = cut(name, limits::PROFILE_FIELD_NAME_CHARS_MAX);
        let value = cut(value, limits::PROFILE_FIELD_VALUE_CHARS_MAX);
        let same = before.iter().find(|field| field.name == name && field.value == value);
        Field { verified_at: same.and_then(|field| field.verified_at), name, value }
    });
    fields.filter(|field| !field.name.is_empty() || !field.value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn picture(path: &str, description: &str) -> ImageFile {
        ImageFile { path: path.to_owned(), static_path: None, description: description.to_owned() }
    }

    #[test]
    fn what_is_not_named_stays() {
        let before = Profile {
            display_name: "Alice".to_owned(),
            avatar: Some(picture("a", "me")),
            locked: true,
            ..Profile::default()
        };
        assert_eq!(Changes::default().profile(&before), Ok(before.clone()));
        let changes = Changes { note: Some(" hi\r\n".to_owned()), ..Changes::default() };
        assert_eq!(changes.profile(&before), Ok(Profile { note: "hi".to_owned(), ..before }));
    }

    #[test]
    fn another_picture_is_not_described_by_the_old_words() {
        let before = Profile { avatar: Some(picture("a", "me")), ..Profile::default() };
        let new = Changes { avatar: Some(Some(picture("b", ""))), ..Changes::default() };
        assert_eq!(new.profile(&before).expect("fine").avatar, Some(picture("b", "")));
        let words = Changes { avatar_description: Some("you".to_owned()), ..Changes::default() };
        assert_eq!(words.profile(&before).expect("fine").avatar, Some(picture("a", "you")));
        let none = Changes { avatar: Some(None), avatar_description: Some("you".to_owned()), ..Changes::default() };
        assert_eq!(none.profile(&before).expect("fine").avatar, None);
    }

    #[test]
    fn a_field_keeps_its_verification_while_it_stays_the_same() {
        let field = Field { name: "Web".to_owned(), value: "x".to_owned(), verified_at: Some(Timestamp::UNIX_EPOCH) };
        let before = Profile { fields: vec![field.clone()], ..Profile::default() };
        let given = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let changes = Changes { fields: Some(vec![given("", " "), given(" Web", "x ")]), ..Changes::default() };
        assert_eq!(changes.profile(&before).expect("fine").fields, vec![field]);
        let changes = Changes { fields: Some(vec![given("Web", "y")]), ..Changes::default() };
        assert_eq!(changes.profile(&before).expect("fine").fields[0].verified_at, None);
        let nameless = Changes { fields: Some(vec![given("", "y")]), ..Changes::default() };
        assert!(nameless.profile(&before).is_err());
    }

    #[test]
    fn texts_are_bounded() {
        let long = |length: usize| Some("a".repeat(length));
        for changes in [
            Changes { display_name: long(limits::DISPLAY_NAME_CHARACTERS_MAX + 1), ..Changes::default() },
            Changes { note: long(limits::NOTE_CHARACTERS_MAX + 1), ..Changes::default() },
            Changes { note: Some(format!("e{}", "\u{301}".repeat(100_000))), ..Changes::default() },
        ] {
            assert!(changes.profile(&Profile::default()).is_err());
        }
    }

    #[test]
    fn languages_are_codes() {
        for good in ["en", "nds", "zh-TW", "sr-Latn", "zh_HK"] {
            assert!(is_language(good), "{good}");
        }
        for bad in ["", "e", "english", "EN", "en-", "<b>", "en-aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            assert!(!is_language(bad), "{bad}");
        }
    }
}
