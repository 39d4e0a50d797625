//! A custom emoji: a shortcode in somebody's text, and the image it stands for. Found in the `tag` of actors, objects and
//! reactions.

use serde_json::{Value, json};

use crate::document::{Fields, is_longer};
use crate::limits::{EMOJI_MAX, EMOJI_SHORTCODE_CHARS_MAX, TAGS_MAX};
use crate::uri::Uri;

/// A custom emoji of another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// Without colons.
    pub shortcode: String,
    /// The image.
    pub url: Uri,
    /// What it is called as an object, where it is one.
    pub uri: Option<String>,
}

impl Emoji {
    /// The emoji among an object's tags, each shortcode once.
    pub(crate) fn read_all(fields: &Fields<'_>) -> Vec<Emoji> {
        let mut emojis: Vec<Emoji> = Vec::new();
        for emoji in fields.objects("tag", TAGS_MAX).filter_map(|tag| Emoji::read(&tag)) {
            if emojis.len() == EMOJI_MAX {
                break;
            }
            if !emojis.iter().any(|known| known.shortcode == emoji.shortcode) {
                emojis.push(emoji);
            }
        }
        emojis
    }

    fn read(tag: &Fields<'_>) -> Option<Emoji> {
        if !tag.is("Emoji") {
            return None;
        }
        let shortcode = shortcode(tag.text("name")?)?;
        let icon = tag.object("icon")?;
        let url = icon.uri("url").or_else(|| icon.uri("href"))?;
        Some(Emoji { shortcode: shortcode.to_owned(), url, uri: tag.uri("id").map(|id| id.to_string()) })
    }

    /// The tag as it is sent.
    #[must_use]
    pub fn to_tag(&self) -> Value {
        let icon = json!({"type": "Image", "url": self.url});
        json!({"id": self.uri, "type": "Emoji", "name": format!(":{}:", self.shortcode), "icon": icon})
    }
}

/// The shortcode in `:shortcode:`. Other servers allow more than letters and digits, but never what would end the
/// shortcode or begin markup.
fn shortcode(name: &str) -> Option<&str> {
    let name = name.trim().trim_matches(':');
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | '@' | '~');
    let acceptable = !name.is_empty() && !is_longer(name, EMOJI_SHORTCODE_CHARS_MAX) && name.chars().all(allowed);
    acceptable.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uri::UriRules;

    fn read(tags: Value) -> Vec<String> {
        let value = json!({"tag": tags});
        let emojis = Emoji::read_all(&Fields::of(&value, UriRules::Public).unwrap());
        emojis.into_iter().map(|emoji| emoji.shortcode).collect()
    }

    fn tag(name: &str) -> Value {
        json!({"type": "Emoji", "name": name, "icon": {"url": "https://example.com/a.png"}})
    }

    #[test]
    fn an_emoji_is_a_tag_with_an_image() {
        assert_eq!(read(tag(":cat:")), ["cat"]);
        assert_eq!(read(json!([tag("cat"), tag(":neko-2@a.example:"), tag(":cat:")])), ["cat", "neko-2@a.example"]);
        let scheme = json!({"type": "Emoji", "name": ":cat:", "icon": {"url": "javascript:alert(1)"}});
        assert!(read(json!([scheme, {"type": "Emoji", "name": ":cat:"}, {"type": "Mention"}, 1])).is_empty());
    }

    #[test]
    fn what_is_no_shortcode_is_left_out() {
        let long = "a".repeat(EMOJI_SHORTCODE_CHARS_MAX + 1);
        for name in ["", "::", ": :", ":a b:", ":<b>:", ":a:b:", ":a\"b:", &long] {
            assert!(read(tag(name)).is_empty(), "{name}");
        }
        let many: Vec<Value> = (0..TAGS_MAX).map(|number| tag(&format!(":e{number}:"))).collect();
        assert_eq!(read(json!(many)).len(), EMOJI_MAX);
    }

    #[test]
    fn what_is_sent_is_read_again() {
        let url = Uri::parse("https://example.com/a.png", UriRules::Public).unwrap();
        let emoji = Emoji { shortcode: "cat".to_owned(), url, uri: Some("https://example.com/emojis/1".to_owned()) };
        let value = json!({"tag": [emoji.to_tag()]});
        assert_eq!(Emoji::read_all(&Fields::of(&value, UriRules::Public).unwrap()), [emoji]);
    }
}
