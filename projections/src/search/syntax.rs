//! What people write into the search field for statuses: words, "phrases", `-without`, `#tags` and operators.
//!
//! | operator | finds statuses |
//! |---|---|
//! | `from:me`, `from:user` | by that account |
//! | `before:`, `after:`, `during:` and a year, month or day | posted then, in UTC |
//! | `has:media`, `has:poll`, `has:link` | with one |
//! | `is:reply`, `is:sensitive` | that are |
//! | `language:en` | in that language |
//! | `in:library`, `in:public`, `in:all` | of one's own and touched by oneself; of everyone; both (when none is given) |
//!
//! A `-` in front of an operator turns it round, `in:` excepted. Any text can be parsed; an operator with a value that
//! means nothing finds nothing. Knows no index and no table.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::document::flag;
use super::words;
use chronodon_domain::text;

/// Parts of one query that are looked at.
const PARTS_MAX: usize = 32;

/// Which statuses are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    /// Both of the others.
    #[default]
    All,
    /// Those of the searcher, and those that the searcher touched.
    Library,
    /// Public ones by authors who let them be found.
    Public,
}

/// A query for statuses.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Asked {
    /// Each must be there, its words in a row.
    pub(super) with: Vec<Vec<String>>,
    /// None of them may be there.
    pub(super) without: Vec<Vec<String>>,
    /// Hashtags that must be there, as keys.
    pub(super) tags: Vec<String>,
    /// Hashtags that may not be there.
    pub(super) without_tags: Vec<String>,
    /// One of these.
    pub(super) languages: Vec<String>,
    pub(super) without_languages: Vec<String>,
    /// By one of these; `me` is the searcher.
    pub(super) from: Vec<String>,
    pub(super) not_from: Vec<String>,
    /// Bits of [`flag`] that must be set.
    pub(super) flags: u64,
    pub(super) without_flags: u64,
    /// Posted in all of these.
    pub(super) times: Vec<Times>,
    pub(super) scope: Scope,
    /// It contradicts itself or asks for what does not exist.
    pub(super) nothing: bool,
}

/// From the first millisecond up to the second, both since 1970; turned round: not then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) negated: bool,
}

impl Times {
    pub(super) const fn hold(self, at: i64) -> bool {
        (self.from <= at && at < self.until) != self.negated
    }
}

/// Reads a query.
pub(super) fn parse(query: &str) -> Asked {
    let mut asked = Asked::default();
    for part in parts(query).into_iter().take(PARTS_MAX) {
        asked.add(&part);
    }
    asked
}

#[derive(Debug, Default, PartialEq)]
struct Part {
    negated: bool,
    operator: Option<String>,
    value: String,
}

/// Splits at spaces that are not in quotation marks.
fn parts(query: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = query.trim_start();
    while !rest.is_empty() {
        let mut part = Part::default();
        if let Some(sign) = rest.chars().next().filter(|sign| matches!(sign, '-' | '+')) {
            part.negated = sign == '-';
            rest = &rest[1..];
        }
        let name = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        if OPERATORS.contains(&&*rest[..name].to_ascii_lowercase()) && rest[name..].starts_with(':') {
            part.operator = Some(rest[..name].to_ascii_lowercase());
            rest = &rest[name + 1..];
        }
        let end = if let Some(quoted) = rest.strip_prefix(['"', '“', '”']) {
            let length = quoted.find(['"', '“', '”']).unwrap_or(quoted.len());
            quoted[..length].clone_into(&mut part.value);
            let mark = quoted[length..].chars().next().map_or(0, char::len_utf8);
            rest.len() - quoted.len() + length + mark
        } else {
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest[..length].clone_into(&mut part.value);
            length
        };
        rest = rest[end..].trim_start();
        parts.push(part);
    }
    parts
}

const OPERATORS: [&str; 8] = ["from", "before", "after", "during", "has", "is", "language", "in"];

impl Asked {
    fn add(&mut self, part: &Part) {
        let value = part.value.trim();
        match part.operator.as_deref() {
            None => self.add_words(part, value),
            Some("from") => pick(part, &mut self.from, &mut self.not_from).push(account(value)),
            Some("language") => {
                let language = value.to_lowercase();
                pick(part, &mut self.languages, &mut self.without_languages).push(language);
            }
            Some("in") => match value {
                "library" => self.scope = Scope::Library,
                "public" => self.scope = Scope::Public,
                "all" => self.scope = Scope::All,
                _ => self.nothing = true,
            },
            Some(operator @ ("has" | "is")) => match bit(operator, value) {
                Some(bit) if part.negated => self.without_flags |= bit,
                Some(bit) => self.flags |= bit,
                None => self.nothing |= !part.negated,
            },
            Some(operator) => match times(operator, value) {
                Some((from, until)) => self.times.push(Times { from, until, negated: part.negated }),
                None => self.nothing = true,
            },
        }
    }

    fn add_words(&mut self, part: &Part, value: &str) {
        if let Some(tag) = value.strip_prefix(['#', '＃']).filter(|tag| text::is_hashtag_name(tag)) {
            pick(part, &mut self.tags, &mut self.without_tags).push(text::hashtag_key(tag));
            return;
        }
        let words = words::stems(value);
        if !words.is_empty() {
            pick(part, &mut self.with, &mut self.without).push(words);
        }
    }
}

fn pick<'a, T>(part: &Part, plain: &'a mut T, negated: &'a mut T) -> &'a mut T {
    if part.negated { negated } else { plain }
}

/// A handle without its leading sign, in lower case.
fn account(value: &str) -> String {
    value.strip_prefix('@').unwrap_or(value).to_lowercase()
}

fn bit(operator: &str, value: &str) -> Option<u64> {
    match (operator, value) {
        ("has", "media") => Some(flag::MEDIA),
        ("has", "poll") => Some(flag::POLL),
        ("has", "link") => Some(flag::LINK),
        ("is", "reply") => Some(flag::REPLY),
        ("is", "sensitive") => Some(flag::SENSITIVE),
        _ => None,
    }
}

fn times(operator: &str, value: &str) -> Option<(i64, i64)> {
    let (from, until) = period(value)?;
    match operator {
        "before" => Some((i64::MIN, from)),
        "after" => Some((until, i64::MAX)),
        _ => Some((from, until)),
    }
}

/// The milliseconds of a year, a month or a day.
fn period(value: &str) -> Option<(i64, i64)> {
    let mut numbers = value.split('-').map(str::parse::<i16>);
    let year = numbers.next()?.ok().filter(|year| *year >= 0)?;
    let month = numbers.next().transpose().ok()?;
    let day = numbers.next().transpose().ok()?;
    let first = |part: Option<i16>| part.map_or(Some(1), |part| i8::try_from(part).ok());
    let from = Date::new(year, first(month)?, first(day)?).ok()?;
    let span = match (month, day, numbers.next()) {
        (None, None, None) => 1.year(),
        (Some(_), None, None) => 1.month(),
        (Some(_), Some(_), None) => 1.day(),
        _ => return None,
    };
    Some((millisecond(from)?, millisecond(from.checked_add(span).ok()?)?))
}

fn millisecond(date: Date) -> Option<i64> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1_000;

    #[test]
    fn words_phrases_and_their_absence() {
        let asked = parse("  hello -world \"one two\" -\"three four\" +five six:seven ");
        let some = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(asked.with, [some(&["hello"]), some(&["one", "two"]), some(&["five"]), some(&["six", "seven"])]);
        assert_eq!(asked.without, [some(&["world"]), some(&["three", "four"])]);
    }

    #[test]
    fn operators() {
        let asked = parse("from:@Alice -from:me has:media is:reply -is:sensitive language:EN in:library #Café -#b");
        assert_eq!((asked.from, asked.not_from), (vec!["alice".to_owned()], vec!["me".to_owned()]));
        assert_eq!(asked.flags, flag::MEDIA | flag::REPLY);
        assert_eq!(asked.without_flags, flag::SENSITIVE);
        assert_eq!((asked.languages, asked.scope), (vec!["en".to_owned()], Scope::Library));
        assert_eq!((asked.tags, asked.without_tags), (vec!["cafe".to_owned()], vec!["b".to_owned()]));
        assert!(!asked.nothing);
    }

    #[test]
    fn times_are_days_months_and_years() {
        let during = |value: &str| parse(&format!("during:{value}")).times;
        assert_eq!(during("1970-01-02"), [Times { from: DAY, until: 2 * DAY, negated: false }]);
        assert_eq!(during("\"1970-02\""), [Times { from: 31 * DAY, until: 59 * DAY, negated: false }]);
        assert_eq!(during("1971"), [Times { from: 365 * DAY, until: 730 * DAY, negated: false }]);
        let (before, after) = (parse("before:1970-01-02").times[0], parse("after:1970-01-02").times[0]);
        assert!(before.hold(DAY - 1) && !before.hold(DAY));
        assert!(after.hold(2 * DAY) && !after.hold(2 * DAY - 1));
        assert!(parse("-before:1970-01-02").times[0].hold(DAY));
    }

    #[test]
    fn what_means_nothing_finds_nothing() {
        for query in ["during:yesterday", "before:1970-13", "has:cake", "in:vain", "after:1-2-3-4", "during:99999"] {
            assert!(parse(query).nothing, "{query}");
        }
        for query in ["", "\"", "-", "from:", "\"unfinished", "- -", "“curly” quotes", "：", "-\"", "é\"x"] {
            parse(query);
        }
    }

    #[test]
    fn a_query_has_an_end() {
        assert_eq!(parse(&"a ".repeat(1_000)).with.len(), PARTS_MAX);
    }
}
