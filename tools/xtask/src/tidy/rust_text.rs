//! Rust source split into what is code and what is written inside string literals.
//!
//! A scanner of a hundred lines, not a parser: comments are dropped, literals are taken out, and the lines stay where
//! they were. That is enough to look for words and to match braces. It knows no rule.

/// A Rust file, taken apart.
pub struct RustText {
    /// The source with comments, strings and character literals replaced by spaces; newlines are kept.
    pub code: String,
    /// The contents of the string literals, each with the line (from 1) it starts on.
    pub strings: Vec<(usize, String)>,
}

impl RustText {
    /// Takes `source` apart. Never fails: a literal that does not end runs to the end of the file.
    pub fn scan(source: &str) -> RustText {
        let mut scanner =
            Scanner { rest: source, line: 1, code: String::with_capacity(source.len()), strings: Vec::new() };
        while !scanner.rest.is_empty() {
            scanner.step();
        }
        RustText { code: scanner.code, strings: scanner.strings }
    }

    /// The lines of the code with their numbers, counted from 1.
    pub fn numbered_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    code: String,
    strings: Vec<(usize, String)>,
}

impl Scanner<'_> {
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            self.blank(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.blank(block_comment_length(self.rest));
        } else if let Some(hashes) = raw_string_hashes(self.rest).filter(|_| !self.inside_a_word()) {
            self.raw_string(hashes);
        } else if self.rest.starts_with('"') {
            let length = quoted_length(self.rest);
            self.string(1, length, 1);
        } else if let Some(length) = char_literal_length(self.rest) {
            self.blank(length);
        } else {
            let first = self.rest.chars().next().expect("the rest is not empty");
            self.line += usize::from(first == '\n');
            self.code.push(first);
            self.rest = &self.rest[first.len_utf8()..];
        }
    }

    /// Does the code so far end in the middle of an identifier (so that an `r` is part of it)?
    fn inside_a_word(&self) -> bool {
        self.code.chars().next_back().is_some_and(|last| last.is_alphanumeric() || last == '_')
    }

    fn raw_string(&mut self, hashes: usize) {
        let opening = self.rest.find('"').expect("a raw string has an opening quote") + 1;
        let closing = format!("\"{}", "#".repeat(hashes));
        let body = self.rest[opening..].find(&closing).unwrap_or(self.rest.len() - opening);
        let length = (opening + body + closing.len()).min(self.rest.len());
        self.string(opening, length, closing.len());
    }

    /// Takes a literal of `length` bytes out, of which the first `opening` and last `closing` are its quotes.
    fn string(&mut self, opening: usize, length: usize, closing: usize) {
        let body = self.rest.get(opening..length.saturating_sub(closing)).unwrap_or_default();
        self.strings.push((self.line, body.to_owned()));
        self.blank(length);
    }

    fn blank(&mut self, length: usize) {
        let (gone, rest) = self.rest.split_at(length);
        for character in gone.chars() {
            self.line += usize::from(character == '\n');
            self.code.push(if character == '\n' { '\n' } else { ' ' });
        }
        self.rest = rest;
    }
}

/// The length of a block comment, comments inside it included.
fn block_comment_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// How many `#` a raw string starts with, if the text starts with one (`r"…"`, `r#"…"#`, `br"…"`, `cr"…"`).
fn raw_string_hashes(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix("cr")).or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// The length of a string in quotes, both quotes included.
fn quoted_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal, if the text starts with one and not with a lifetime.
fn char_literal_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        let closing = inner.char_indices().skip(2).find(|(_, character)| *character == '\'')?.0;
        return Some(closing + 2);
    }
    let first = inner.chars().next()?;
    inner[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::RustText;

    #[test]
    fn comments_and_literals_leave_the_code() {
        let text =
            RustText::scan("let a = \"{\\\"\"; // {\nlet b = '{'; /* { /* { */ */ let c: &'a str = r#\"{\"\n\"#; end");
        assert_eq!(text.code.matches('{').count(), 0);
        assert!(text.code.contains("let c: &'a str"));
        assert_eq!(text.code.lines().count(), 3);
        assert_eq!(text.strings, [(1, "{\\\"".to_owned()), (2, "{\"\n".to_owned())]);
    }

    #[test]
    fn an_escaped_quote_is_a_character() {
        let text = RustText::scan("match c { '\\'' => 1, '\"' => 2, '\\u{7b}' => 3 }");
        assert_eq!(text.code.matches('{').count(), 1);
        assert!(text.strings.is_empty());
    }

    #[test]
    fn a_word_that_ends_in_r_opens_no_raw_string() {
        let text = RustText::scan("for\"x\"");
        assert_eq!(text.strings, [(1, "x".to_owned())]);
    }
}
