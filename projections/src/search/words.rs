//! Text as the index keeps it: words without case and marks, English endings taken off.
//!
//! Scripts that are written without spaces between words (Chinese, Japanese, Thai and their like) and Korean, whose
//! particles cling to words, are cut into single characters. A query cuts the same way and asks for its characters in a
//! row, so any part of such a text finds it, and no dictionary is needed.
//!
//! Knows no field and no query.

use chronodon_domain::text;
use tantivy::Index;
use tantivy::tokenizer::{
    Language, PreTokenizedStream, PreTokenizedString, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream,
    Tokenizer,
};

/// The tokenizer of texts, as the schema names it.
pub(super) const WORDS: &str = "words";
/// The tokenizer of names, which are found by how their words begin.
pub(super) const BEGINNINGS: &str = "beginnings";

/// Bytes of a word that are kept.
const WORD_BYTES_MAX: usize = 64;
/// Words of one text that are kept.
const WORDS_MAX: usize = 16_384;
/// The longest beginning, in characters.
const BEGINNING_CHARS_MAX: usize = 20;

/// The words of a text, folded, in order.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = text::hashtag_key(&text::searchable(text));
    let mut words = Vec::new();
    let mut word = String::new();
    for c in folded.chars() {
        if c.is_alphanumeric() && !stands_alone(c) {
            word.push(c);
            continue;
        }
        finish(&mut word, &mut words);
        if stands_alone(c) && c.is_alphanumeric() {
            words.push(c.to_string());
        }
    }
    finish(&mut word, &mut words);
    words.truncate(WORDS_MAX);
    words
}

/// The words of a text as the field of texts keeps them.
pub(super) fn stems(text: &str) -> Vec<String> {
    let mut stemmer = stemmer();
    words(text).iter().map(|word| stem(&mut stemmer, word)).collect()
}

/// A word as the field of names keeps its longest beginning.
pub(super) fn beginning(word: &str) -> String {
    word.chars().take(BEGINNING_CHARS_MAX).collect()
}

/// Teaches an index how its fields are cut.
pub(super) fn register(index: &Index) {
    index.tokenizers().register(WORDS, TextAnalyzer::builder(Words).filter(Stemmer::new(Language::English)).build());
    index.tokenizers().register(BEGINNINGS, TextAnalyzer::builder(Beginnings).build());
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        let end = (0..=word.len().min(WORD_BYTES_MAX)).rev().find(|end| word.is_char_boundary(*end)).unwrap_or(0);
        word.truncate(end);
        words.push(std::mem::take(word));
    }
}

/// Characters that are no part of a word with spaces around it.
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff // Thai, Lao
        | 0x1000..=0x109f // Myanmar
        | 0x1780..=0x17ff // Khmer
        | 0x3040..=0x312f // Hiragana, Katakana, Bopomofo
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff // Han
        | 0xac00..=0xd7af) // Hangul
}

fn stemmer() -> TextAnalyzer {
    TextAnalyzer::builder(RawTokenizer::default()).filter(Stemmer::new(Language::English)).build()
}

fn stem(stemmer: &mut TextAnalyzer, word: &str) -> String {
    let mut stream = stemmer.token_stream(word);
    if stream.advance() { stream.token().text.clone() } else { word.to_owned() }
}

#[derive(Clone)]
struct Words;

impl Tokenizer for Words {
    type TokenStream<'a> = PreTokenizedStream;

    fn token_stream(&mut self, text: &str) -> PreTokenizedStream {
        stream(words(text).into_iter().enumerate())
    }
}

#[derive(Clone)]
struct Beginnings;

impl Tokenizer for Beginnings {
    type TokenStream<'a> = PreTokenizedStream;

    fn token_stream(&mut self, text: &str) -> PreTokenizedStream {
        let beginnings = words(text).into_iter().enumerate().flat_map(|(position, word)| {
            let ends: Vec<usize> =
                word.char_indices().map(|(at, c)| at + c.len_utf8()).take(BEGINNING_CHARS_MAX).collect();
            ends.into_iter().map(move |end| (position, word[..end].to_owned()))
        });
        stream(beginnings)
    }
}

/// Offsets are left out: nothing here highlights.
fn stream(tokens: impl Iterator<Item = (usize, String)>) -> PreTokenizedStream {
    let tokens = tokens.map(|(position, text)| Token { position, text, ..Token::default() }).collect();
    PreTokenizedStream::from(PreTokenizedString { text: String::new(), tokens })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_marks_and_signs_do_not_matter() {
        assert_eq!(words("Hello, WÖRLD! don't #Café_2"), ["hello", "world", "don", "t", "cafe", "2"]);
        assert_eq!(words("Ｆｕｌｌ width"), ["full", "width"]);
        assert_eq!(words("Привет мир"), ["привет", "мир"]);
        assert!(words(" \n👍 … ").is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_characters() {
        assert_eq!(words("東京tokyo都"), ["東", "京", "tokyo", "都"]);
        assert_eq!(words("ガール"), ["ガ", "ー", "ル"]);
        assert_eq!(words("한국"), ["한", "국"]);
    }

    #[test]
    fn english_endings_do_not_matter() {
        assert_eq!(stems("running dogs 東"), ["run", "dog", "東"]);
    }

    #[test]
    fn words_have_an_end() {
        assert_eq!(words(&"é".repeat(1_000))[0].len(), WORD_BYTES_MAX);
        assert!(words(&"ы".repeat(1_000))[0].len() <= WORD_BYTES_MAX);
        assert_eq!(words(&"東".repeat(20_000)).len(), WORDS_MAX);
    }

    #[test]
    fn names_begin_in_many_ways() {
        let mut stream = Beginnings.token_stream("Ana Bo");
        let mut found = Vec::new();
        while stream.advance() {
            found.push(stream.token().text.clone());
        }
        assert_eq!(found, ["a", "an", "ana", "b", "bo"]);
    }
}
