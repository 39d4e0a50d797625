//! What the read models hold of one world, in words that are the same in every world: rows name each other by addresses,
//! not by ids, and what tells only when something came is left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chronodon::app::App;
use serde_json::Value;

use super::script::World;
use crate::support::{Person, TestServer};

/// Tables that tell the way and not where it led to (files of earlier versions among them), or what is of the whole server.
const LEFT_OUT: [&str; 5] = ["activity_weeks", "media_attachments", "requests", "status_edits", "totals"];
/// Columns that tell when something came; `asked_at`, which edits of a question came before the first that was seen here.
const OF_THE_WAY: [&str; 4] = ["asked_at", "group_key", "position", "version"];
/// Digits of the shortest id.
const ID_DIGITS_MIN: usize = 12;

/// Rows by table, and how often each is there; `home` and `thread` are what a client is shown.
#[derive(Debug)]
pub struct Dump(BTreeMap<String, BTreeSet<String>>);

impl Dump {
    /// What only one of the two has.
    pub fn unlike(&self, other: &Self) -> Vec<String> {
        let tables: BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let mut unlike = Vec::new();
        for table in tables {
            let (own, others) = (self.rows(table), other.rows(table));
            unlike.extend(own.difference(&others).map(|row| format!("{table} in order: {row}")));
            unlike.extend(others.difference(&own).map(|row| format!("{table} otherwise: {row}")));
        }
        unlike
    }

    pub fn rows(&self, table: &str) -> BTreeSet<&str> {
        self.0.get(table).into_iter().flatten().map(String::as_str).collect()
    }
}

pub async fn dump(server: &TestServer, world: &World) -> Dump {
    let names = names(&server.app).await;
    let in_words = |text: &str| in_words(text, &names).replace(&world.tag, "W");
    let mut dump = BTreeMap::new();
    let sql = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()";
    for table in server.app.reader.query(sql, &[]).await.unwrap() {
        let table: String = table.get(0);
        if LEFT_OUT.contains(&&*table) {
            continue;
        }
        let rows = server.app.reader.query(&format!("SELECT to_jsonb(t) FROM {table} t"), &[]).await.unwrap();
        let rows = rows.into_iter().map(|row| words_of(row.get(0), &names)).filter(|row| row.contains(&world.tag));
        dump.insert(table, counted(rows.map(|row| row.replace(&world.tag, "W"))));
    }
    for (name, path) in world.shown() {
        dump.insert(name.to_owned(), counted(shown(&world.alice, &path).await.iter().map(|row| in_words(row))));
    }
    Dump(dump)
}

fn counted(rows: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut counts = BTreeMap::<String, usize>::new();
    rows.for_each(|row| *counts.entry(row).or_default() += 1);
    counts.into_iter().map(|(row, count)| format!("{count} × {row}")).collect()
}

/// What each id stands for.
async fn names(app: &App) -> HashMap<i64, String> {
    let sql = "SELECT id, coalesce(uri, username) FROM accounts
               UNION ALL SELECT id, coalesce(uri, text) FROM statuses
               UNION ALL SELECT id, coalesce(remote_url, path) FROM media_attachments";
    let rows = app.reader.query(sql, &[]).await.unwrap();
    rows.into_iter().map(|row| (row.get(0), row.get::<_, Option<String>>(1).unwrap_or_default())).collect()
}

fn words_of(row: Value, names: &HashMap<i64, String>) -> String {
    let Value::Object(mut row) = row else { panic!("a row is an object") };
    row.retain(|column, _| !OF_THE_WAY.contains(&&**column));
    if row.get("id").and_then(Value::as_i64).is_some_and(|id| !names.contains_key(&id)) {
        row.remove("id");
    }
    let mut row = Value::Object(row);
    leave_out_parent(&mut row, names);
    leave_out_now(&mut row);
    in_words(&row.to_string(), names)
}

/// An answer that came before what it answers remembers the address of that, and that it began a thread; one that came
/// after does not. What answers something that is gone stands in its thread if it came before that went.
fn leave_out_parent(row: &mut Value, names: &HashMap<i64, String>) {
    let gone = match row["in_reply_to_id"].as_i64() {
        Some(parent) => !names.contains_key(&parent),
        None => row["remote"]["in_reply_to_uri"].is_string(),
    };
    let mut left_out = vec!["/begun_in_id", "/in_reply_to_uri", "/remote/in_reply_to_uri"];
    if gone {
        left_out.extend(["/in_reply_to_id", "/in_reply_to_account_id", "/conversation_id"]);
    }
    for field in left_out {
        row.pointer_mut(field).map(Value::take);
    }
}

/// What happened here happened now, and the activities that a world begins with are counted on.
fn leave_out_now(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(leave_out_now),
        Value::Object(fields) => fields.values_mut().for_each(leave_out_now),
        Value::String(text) => {
            let year = &chronodon::clock::now().to_string()[..5];
            if text.starts_with(year) || ["#follows/", "#follow/", "#flag/"].iter().any(|kind| text.contains(kind)) {
                value.take();
            }
        }
        _ => {}
    }
}

/// The text with the names of what its ids stand for.
fn in_words(text: &str, names: &HashMap<i64, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = rest[begin..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| begin + end);
        out.push_str(&rest[..begin]);
        match &rest[begin..end] {
            digits if digits.len() < ID_DIGITS_MIN => out.push_str(digits),
            id => out.push_str(id.parse().ok().and_then(|id: i64| names.get(&id)).map_or("?", String::as_str)),
        }
        rest = &rest[end..];
    }
    out + rest
}

/// The statuses of a list, in its order.
async fn shown(alice: &Person, path: &str) -> Vec<String> {
    let (_, answer) = alice.try_get(path).await;
    let listed = answer.as_array().or(answer["descendants"].as_array()).cloned().unwrap_or_default();
    let row = |(place, status): (usize, &Value)| {
        let reblogged = &status["reblog"];
        format!("{place:02} {} {} {}", status["uri"], status["content"], reblogged["uri"])
    };
    listed.iter().enumerate().map(row).collect()
}
