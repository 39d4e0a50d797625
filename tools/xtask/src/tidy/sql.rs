//! SQL stands beside the code that owns the table, never at the edge and never on the pure floors.
//!
//! Every column of a table that migrates is named: while two versions of the server overlap, the table has columns that
//! one of them does not know. A read model's tables are made by the code that reads them, so there it is only style.

use super::Finding;
use super::rust_text::RustText;
use super::tree::Tree;

/// Parse, one command or query, render: nothing here speaks to the database.
const WITHOUT_SQL: &[&str] = &[
    "domain/src/",
    "events/src/",
    "src/api.rs",
    "src/api/",
    "src/commands.rs",
    "src/commands/",
    "src/federation.rs",
    "src/federation/",
    "src/web.rs",
    "src/web/",
];

/// At the edge, and yet the owners of one query.
const EXCEPT: &[&str] = &[
    // Who asks, by token: one round trip over vault and read model for every request.
    "src/api/auth.rs",
    // The tables of deliveries: what waits, the ledger, what was learned about hosts.
    "src/federation/delivery/hosts.rs",
    "src/federation/delivery/ledger.rs",
    "src/federation/delivery/queue.rs",
    // Accounts that are gone and of which others are still to be told.
    "src/federation/departures.rs",
    // Activities that wait to be translated.
    "src/federation/inbox/queue.rs",
    // Keys that nobody was found to own.
    "src/federation/inbox/unproven.rs",
    // The vault's actor keys, and nothing else.
    "src/federation/keys.rs",
    // What others say of who follows their accounts from here.
    "src/federation/synchronization.rs",
];

/// Their tables never migrate.
const REBUILT: &str = "projections/src/";

/// Beginnings of statements; the keywords are upper case everywhere (docs/STYLE.md).
const STATEMENTS: &[&str] = &["SELECT ", "INSERT INTO ", "DELETE FROM ", "UPDATE ", "WITH ", "TRUNCATE ", "COPY "];

const EVERY_COLUMN: &str = concat!("SELECT", " *");

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        let without_sql =
            WITHOUT_SQL.iter().any(|place| file.path.starts_with(place)) && !EXCEPT.contains(&&*file.path);
        for (line, literal) in RustText::scan(&file.text).strings {
            if without_sql && is_statement(&literal) {
                findings.push(Finding::new(&file.path, line, "SQL at the edge: ask a read model's query instead"));
            }
            if has_star(&literal) && !file.path.starts_with(REBUILT) {
                findings.push(Finding::new(&file.path, line, "name every column"));
            }
        }
    }
    for file in tree.files.iter().filter(|file| file.path.ends_with(".sql")) {
        let bare = file.numbered_lines().filter(|(_, line)| has_star(line));
        findings.extend(bare.map(|(line, _)| Finding::new(&file.path, line, "name every column")));
    }
    Ok(findings)
}

/// The columns of an `unnest` are named where it is written.
fn has_star(sql: &str) -> bool {
    sql.match_indices(EVERY_COLUMN).any(|(at, star)| !sql[at + star.len()..].trim_start().starts_with("FROM unnest("))
}

fn is_statement(literal: &str) -> bool {
    let text = literal.trim_start();
    STATEMENTS.iter().any(|beginning| text.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).unwrap().iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_handler_has_no_sql_and_a_read_model_has() {
        let text = "//! Notes.\n// SELECT in a comment is no SQL.\nlet sql = \"\n    SELECT id FROM notes\";\n";
        assert_eq!(lines("src/api/notes.rs", text), [3]);
        assert!(lines("projections/src/core/notes.rs", text).is_empty());
    }

    #[test]
    fn a_star_names_no_column() {
        let star = concat!("SELECT", " *", " FROM notes");
        let text = format!("let sql = \"{star}\";");
        assert_eq!(lines("src/auth/notes.rs", &text), [1]);
        assert!(lines("projections/src/notes.rs", &text).is_empty());
        assert!(lines("src/auth/notes.rs", &text.replace("notes", "unnest($1::text[])")).is_empty());
        assert_eq!(lines("migrations/server/V1__notes.sql", &format!("-- x\n{star};\n")), [2]);
        assert!(lines("src/auth/notes.rs", "let sql = \"SELECT count(*) FROM notes\";").is_empty());
    }
}
