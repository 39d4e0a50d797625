//! Plain text in and out: cleaning what came in, escaping what goes out, text for the search index.

use unicode_normalization::UnicodeNormalization;

/// Escapes text for HTML, in content and in quoted attributes alike.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// Whether a reader would see nothing at all: spaces, controls, and characters without width or ink.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// Characters outside the whitespace and control categories that show nothing.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text as it is stored: line ends are `\n`, no other control characters than tabs (PostgreSQL refuses NUL, terminals
/// obey the rest), no noncharacters. Joiners and direction marks stay: emoji and scripts need them.
pub fn strip_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' | '\t' => out.push(c),
            _ if c.is_control() || is_noncharacter(c) => {}
            _ => out.push(c),
        }
    }
    out
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || (c as u32 & 0xfffe) == 0xfffe
}

/// Text for the search index and for comparing with filters: NFKC, no invisible characters, single spaces.
/// Case is left to the index's own analyser.
pub fn searchable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc() {
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_invisible(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_is_what_shows_nothing() {
        for blank in
            ["", " \n\t", "\u{200b}\u{200d}", "\u{feff}", "\u{3164}", "\u{2800}", "\u{0}\u{7}", "\u{202e}", "\u{e0020}"]
        {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", ".", "\u{200b}x", "👍", "\u{300}"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn controls_go_and_lines_stay() {
        assert_eq!(strip_controls("a\r\nb\rc\u{0}\u{1b}[31m\td\u{85}\u{ffff}"), "a\nb\nc[31m\td");
        assert_eq!(strip_controls("👨\u{200d}👩"), "👨\u{200d}👩");
    }

    #[test]
    fn searchable_text_is_one_line() {
        assert_eq!(searchable("  Ｈｅｌｌｏ\n\n wor\u{200b}ld \u{0}"), "Hello world");
    }

    #[test]
    fn escapes_every_sign_of_html() {
        assert_eq!(escape(r#"<a href="x" b='y'>&"#), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
    }
}
