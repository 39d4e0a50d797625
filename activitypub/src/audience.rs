//! Who may see something, from whom it is addressed to.

/// What everybody is called, in the three spellings that are about.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Whether this addressee is everybody.
#[must_use]
pub fn is_public(addressee: &str) -> bool {
    matches!(addressee, PUBLIC | "as:Public" | "Public")
}

/// Who may see something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, and it is announced.
    Public,
    /// Everybody who comes across it.
    Unlisted,
    /// The author's followers, and who else is addressed.
    Followers,
    /// Only who is addressed.
    Direct,
}

impl Audience {
    /// The audience of these addressees. `followers` is the author's collection; where it is not known, nothing is for
    /// followers.
    #[must_use]
    pub fn of(to: &[String], cc: &[String], followers: Option<&str>) -> Audience {
        let public = |addressees: &[String]| addressees.iter().any(|addressee| is_public(addressee));
        let for_followers = || to.iter().chain(cc).any(|addressee| Some(addressee.as_str()) == followers);
        if public(to) {
            Audience::Public
        } else if public(cc) {
            Audience::Unlisted
        } else if for_followers() {
            Audience::Followers
        } else {
            Audience::Direct
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(to: &[&str], cc: &[&str]) -> Audience {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Audience::of(&owned(to), &owned(cc), Some("https://a.example/f"))
    }

    #[test]
    fn the_most_open_addressee_decides() {
        for public in [PUBLIC, "as:Public", "Public"] {
            assert_eq!(of(&["https://a.example/f", public], &[]), Audience::Public);
            assert_eq!(of(&["https://a.example/f"], &[public]), Audience::Unlisted);
        }
        assert_eq!(of(&["https://a.example/f"], &["https://b.example/bob"]), Audience::Followers);
        assert_eq!(of(&["https://b.example/bob"], &["https://a.example/f"]), Audience::Followers);
        assert_eq!(of(&["https://b.example/bob"], &["https://b.example/f"]), Audience::Direct);
        assert_eq!(of(&[], &[]), Audience::Direct);
        assert_eq!(of(&["public", "https://www.w3.org/ns/activitystreams#public"], &[]), Audience::Direct);
        assert_eq!(Audience::of(&["".to_owned()], &[], None), Audience::Direct);
    }
}
