//! A function fits on a screen: at most [`LINES_MAX`] lines from its name to its closing brace.
//!
//! Functions that are longer today stand in `tools/xtask/function-lengths.txt` (path, name, lines) and may only shrink:
//! one that grew fails, and one that shrank must be entered with its new length or taken off the list.

use std::collections::BTreeMap;

use super::Finding;
use super::rust_text::RustText;
use super::tree::{File, Tree};

const LINES_MAX: usize = 70;
const RATCHET_FILE: &str = "tools/xtask/function-lengths.txt";

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let (mut ratchet, mut findings) = read_ratchet(tree);
    for file in tree.rust_files() {
        for function in functions(&RustText::scan(&file.text).code) {
            let key = (file.path.clone(), function.name.clone());
            findings.extend(judge(file, &function, ratchet.remove(&key)));
        }
    }
    let gone = |(path, name): &(String, String)| {
        Finding::new(RATCHET_FILE, 0, format!("{name} of {path} is no longer that long: take it off the list"))
    };
    findings.extend(ratchet.keys().map(gone));
    Ok(findings)
}

fn judge(file: &File, function: &Function, allowed: Option<usize>) -> Option<Finding> {
    let Function { name, line, lines } = function;
    let message = match allowed {
        None if *lines > LINES_MAX => format!("{name} has {lines} lines; split it (at most {LINES_MAX})"),
        Some(allowed) if *lines > allowed => format!("{name} grew from {allowed} to {lines} lines; split it"),
        Some(_) if *lines <= LINES_MAX => format!("{name} has {lines} lines: take it off {RATCHET_FILE}"),
        Some(allowed) if *lines < allowed => format!("{name} shrank to {lines} lines: say so in {RATCHET_FILE}"),
        _ => return None,
    };
    Some(Finding::new(&file.path, *line, message))
}

type Ratchet = BTreeMap<(String, String), usize>;

fn read_ratchet(tree: &Tree) -> (Ratchet, Vec<Finding>) {
    let (mut ratchet, mut findings) = (Ratchet::new(), Vec::new());
    let lines = tree.files.iter().filter(|file| file.path == RATCHET_FILE).flat_map(File::numbered_lines);
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), words.last().and_then(|last| last.parse().ok())) {
            ([path, name, _], Some(lines)) => drop(ratchet.insert(((*path).to_owned(), (*name).to_owned()), lines)),
            _ => findings.push(Finding::new(RATCHET_FILE, number, "a line is: path name lines")),
        }
    }
    (ratchet, findings)
}

/// Every function with a body, the ones inside others too. Where a file has two of one name, both are there.
fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code[..at].chars().next_back();
        let rest = code[at + 3..].trim_start();
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() || before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        if let Some(length) = body_end(&code[at..]) {
            let line = code[..at].matches('\n').count() + 1;
            let lines = code[at..at + length].matches('\n').count() + 1;
            found.push(Function { name, line, lines });
        }
    }
    found
}

/// The length of the text from `fn` to the brace that closes the body; none when the function has no body.
fn body_end(text: &str) -> Option<usize> {
    let mut brackets = 0usize;
    let mut braces = 0usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{RATCHET_FILE, Tree, check, functions};

    fn function_of(lines: usize) -> String {
        format!("fn long(a: [u8; 2]) {{\n{}}}\n", "    if a {}\n".repeat(lines - 2))
    }

    fn messages(function_lines: usize, ratchet: &str) -> Vec<String> {
        let text = function_of(function_lines);
        let findings = check(&Tree::of(&[("a.rs", &text), (RATCHET_FILE, ratchet)])).unwrap();
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn seventy_lines_are_allowed_and_one_more_is_not() {
        assert!(messages(70, "").is_empty());
        assert_eq!(messages(71, ""), ["long has 71 lines; split it (at most 70)"]);
    }

    #[test]
    fn a_listed_function_may_only_shrink() {
        assert!(messages(90, "# path name lines\na.rs long 90\n").is_empty());
        assert_eq!(messages(91, "a.rs long 90\n"), ["long grew from 90 to 91 lines; split it"]);
        assert_eq!(messages(89, "a.rs long 90\n"), [format!("long shrank to 89 lines: say so in {RATCHET_FILE}")]);
        assert_eq!(messages(70, "a.rs long 90\n"), [format!("long has 70 lines: take it off {RATCHET_FILE}")]);
    }

    #[test]
    fn a_listed_function_that_is_gone_leaves_the_list() {
        assert_eq!(messages(5, "b.rs gone 90\n"), ["gone of b.rs is no longer that long: take it off the list"]);
    }

    #[test]
    fn declarations_and_pointers_are_no_functions() {
        let found = functions("trait T { fn a(&self); fn b(&self) { 1 } }\ntype F = fn (u8);\nlet often = fn_ (1);");
        assert_eq!(found.iter().map(|function| function.name.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}
