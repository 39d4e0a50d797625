//! Paths in the store: made here, and read back only in exactly the form in which they are made.

use std::fmt;
use std::io;

use crate::media::FileType;

/// Random bytes in a file's name. Nobody guesses 128 bits.
const NAME_BYTES: usize = 16;
/// Digits of an owner's id, three for each directory; the longer form is for ids that need it.
const OWNER_DIGITS: [usize; 2] = [18, 21];

/// A part of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Media of posts; the owner is the attachment.
    Attachments,
    /// Pictures of accounts; the owner is the account.
    Avatars,
    /// Headers of profiles; the owner is the account.
    Headers,
    /// Custom emoji; the owner is the emoji.
    Emojis,
}

impl Section {
    /// Every part.
    pub const ALL: [Self; 4] = [Self::Attachments, Self::Avatars, Self::Headers, Self::Emojis];

    /// The name of its directory.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attachments => "attachments",
            Self::Avatars => "avatars",
            Self::Headers => "headers",
            Self::Emojis => "emojis",
        }
    }
}

/// A path of the store's own making; its `Display` is what events keep and addresses end in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPath {
    section: Section,
    owner: i64,
    name: String,
    file_type: FileType,
}

impl StoredPath {
    /// A path that was never there before.
    pub(super) fn random(section: Section, owner: i64, file_type: FileType) -> io::Result<Self> {
        owner_directory(section.as_str(), owner)?;
        let name = hex::encode(rand::random::<[u8; NAME_BYTES]>());
        Ok(Self { section, owner, name, file_type })
    }

    /// Reads a path strictly: whatever does not write back as the very same text is refused.
    pub fn parse(path: &str) -> Option<Self> {
        let (directory, file) = path.rsplit_once('/')?;
        let (section, digits) = directory.split_once('/')?;
        let section = Section::ALL.into_iter().find(|known| known.as_str() == section)?;
        let owner = digits.replace('/', "").parse().ok()?;
        let (name, extension) = file.split_once('.')?;
        let hexadecimal = name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if name.len() != 2 * NAME_BYTES || !hexadecimal {
            return None;
        }
        let file_type = FileType::from_extension(extension)?;
        let parsed = Self { section, owner, name: name.to_owned(), file_type };
        (owner_directory(section.as_str(), owner).is_ok() && parsed.to_string() == path).then_some(parsed)
    }

    /// The part of the store.
    pub fn section(&self) -> Section {
        self.section
    }

    /// What the file is.
    pub fn file_type(&self) -> FileType {
        self.file_type
    }

    /// The random part of the name. A name is never used for other content, so it serves as entity tag.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for StoredPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directory = owner_directory(self.section.as_str(), self.owner).map_err(|_| fmt::Error)?;
        write!(f, "{directory}/{}.{}", self.name, self.file_type.extension())
    }
}

/// The directory of one owner in a part of the store: `attachments/116/423/815/162/342/400`.
pub(super) fn owner_directory(part: &str, owner: i64) -> io::Result<String> {
    let id = u64::try_from(owner).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "ids are not negative"))?;
    let width = if id < 10_u64.pow(18) { OWNER_DIGITS[0] } else { OWNER_DIGITS[1] };
    let digits = format!("{id:0width$}");
    let mut directory = part.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at % 3 == 0 {
            directory.push('/');
        }
        directory.push(digit);
    }
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "attachments/116/423/815/162/342/400/0123456789abcdef0123456789abcdef.jpg";

    #[test]
    fn paths_read_back() {
        let parsed = StoredPath::parse(GOOD).expect("a path of ours");
        assert_eq!(
            (parsed.section(), parsed.owner, parsed.file_type()),
            (Section::Attachments, 116_423_815_162_342_400, FileType::Jpeg)
        );
        for owner in [0, 7, 999_999_999_999_999_999, 1_000_000_000_000_000_000, i64::MAX] {
            let path = StoredPath::random(Section::Avatars, owner, FileType::Png).expect("not negative");
            assert_eq!(StoredPath::parse(&path.to_string()), Some(path));
        }
        assert!(StoredPath::random(Section::Avatars, -1, FileType::Png).is_err());
    }

    #[test]
    fn nothing_else_does() {
        for bad in [
            "",
            "/",
            "attachments",
            "../../etc/passwd",
            "attachments/../avatars/116/423/815/162/342/400/0123456789abcdef0123456789abcdef.jpg",
            "attachments/116/423/815/162/342/../0123456789abcdef0123456789abcdef.jpg",
            "/attachments/116/423/815/162/342/400/0123456789abcdef0123456789abcdef.jpg",
            "attachments//116/423/815/162/342/400/0123456789abcdef0123456789abcdef.jpg",
            "attachments/116/423/815/162/342/400/0123456789abcdef0123456789abcdef.svg",
            "attachments/116/423/815/162/342/400/0123456789abcdef0123456789abcdef.html",
            "attachments/116/423/815/162/342/400/0123456789abcdef0123456789abcdef.jpg.html",
            "attachments/116/423/815/162/342/400/0123456789ABCDEF0123456789ABCDEF.jpg",
            "attachments/116/423/815/162/342/400/0123456789abcdef.jpg",
            "attachments/116423815162342400/0123456789abcdef0123456789abcdef.jpg",
            "attachments/+16/423/815/162/342/400/0123456789abcdef0123456789abcdef.jpg",
            "attachments/116/423/815/162/342/400/0123456789abcdef0123456789abcdef.jpg\0",
            "attachments/116/423/815/162/342/400/0123456789abcdef0123456789abcdef.jpg/",
            "incoming/116423815162342400",
            "tmp/.tmpabcdef",
        ] {
            assert_eq!(StoredPath::parse(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_the_same(text in "[a-z0-9/.%\\\\]{0,90}") {
            if let Some(path) = StoredPath::parse(&text) {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }
}
