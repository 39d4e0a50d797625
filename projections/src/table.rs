//! A table as one batch of events sees it: the rows it touches, in memory, until they are written set-wise.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use crate::changes::Rows;
use crate::row::{self, Column, Key, Param, Row};

/// What the database holds of a row.
#[derive(Clone, Debug, PartialEq)]
enum Stored<R> {
    /// Nobody asked.
    Unknown,
    Absent,
    Row(R),
}

#[derive(Debug)]
struct Entry<R> {
    stored: Stored<R>,
    now: Option<R>,
    /// Written or removed by the fold, be it to what it was.
    touched: bool,
}

impl<R> Entry<R> {
    const fn untouched(stored: Stored<R>) -> Self {
        Self { stored, now: None, touched: false }
    }
}

/// The rows of one table that a batch touches.
#[derive(Debug)]
pub struct Table<R: Row> {
    entries: BTreeMap<R::Key, Entry<R>>,
    wanted: BTreeSet<R::Key>,
    wanted_where: BTreeSet<(&'static str, i64)>,
    wanted_text: BTreeSet<(&'static str, String)>,
    loaded_text: BTreeSet<(&'static str, String)>,
    loaded_where: BTreeSet<(&'static str, i64)>,
    removed_where: BTreeSet<(&'static str, i64)>,
    removed_all: bool,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            wanted: BTreeSet::new(),
            wanted_where: BTreeSet::new(),
            wanted_text: BTreeSet::new(),
            loaded_text: BTreeSet::new(),
            loaded_where: BTreeSet::new(),
            removed_where: BTreeSet::new(),
            removed_all: false,
        }
    }
}

impl<R: Row> Table<R> {
    /// Asks for a row before folding. Asking twice costs nothing.
    pub fn want(&mut self, key: impl Into<R::Key>) {
        let key = key.into();
        if !matches!(self.entries.get(&key), Some(Entry { stored: Stored::Absent | Stored::Row(_), .. })) {
            self.wanted.insert(key);
        }
    }

    /// Asks for all rows with this id in this column.
    pub fn want_where(&mut self, column: &'static str, id: i64) {
        if !self.loaded_where.contains(&(column, id)) {
            self.wanted_where.insert((column, id));
        }
    }

    /// Asks for all rows with this text in this column.
    pub fn want_text(&mut self, column: &'static str, text: &str) {
        let wanted = (column, text.to_owned());
        if !self.loaded_text.contains(&wanted) {
            self.wanted_text.insert(wanted);
        }
    }

    /// A row as it is now. It must have been wanted, or put in this batch.
    #[must_use]
    pub fn get(&self, key: impl Into<R::Key>) -> Option<&R> {
        self.entries.get(&key.into())?.now.as_ref()
    }

    /// The rows that are loaded or were put, in order of their keys.
    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.entries.values().filter_map(|entry| entry.now.as_ref())
    }

    /// The rows with this id in this column, as far as they are loaded, in order of their keys.
    pub fn all_where(&self, column: &'static str, id: i64) -> impl Iterator<Item = &R> {
        self.rows().filter(move |row| row.id_in(column) == Some(id))
    }

    /// Writes a row, whether it is there or not.
    pub fn put(&mut self, row: R) {
        let entry = self.entries.entry(row.key()).or_insert(Entry::untouched(Stored::Unknown));
        entry.touched = true;
        entry.now = Some(row);
    }

    /// Changes a row that is there; does nothing to one that is not.
    pub fn update(&mut self, key: impl Into<R::Key>, change: impl FnOnce(&mut R)) {
        let Some(entry) = self.entries.get_mut(&key.into()) else { return };
        if let Some(row) = &mut entry.now {
            entry.touched = true;
            change(row);
        }
    }

    /// Removes a row and tells what it was, when it was wanted or put before.
    pub fn remove(&mut self, key: impl Into<R::Key>) -> Option<R> {
        let entry = self.entries.entry(key.into()).or_insert(Entry::untouched(Stored::Unknown));
        entry.touched = true;
        entry.now.take()
    }

    /// Removes all rows with this id in this column, loaded or not.
    pub fn remove_where(&mut self, column: &'static str, id: i64) {
        for entry in self.entries.values_mut() {
            if entry.now.as_ref().is_some_and(|row| row.id_in(column) == Some(id)) {
                entry.now = None;
            }
            if matches!(&entry.stored, Stored::Row(row) if row.id_in(column) == Some(id)) {
                entry.stored = Stored::Absent;
            }
        }
        self.removed_where.insert((column, id));
    }

    /// Removes every row. For small tables that are replaced whole.
    pub fn remove_all(&mut self) {
        for entry in self.entries.values_mut() {
            *entry = Entry::untouched(Stored::Absent);
        }
        self.removed_all = true;
    }

    fn absorb(&mut self, row: R) {
        let entry = self.entries.entry(row.key()).or_insert(Entry::untouched(Stored::Unknown));
        entry.now = Some(row.clone());
        entry.stored = Stored::Row(row);
    }
}

/// The tables of a group, whatever their rows.
#[async_trait::async_trait]
pub trait Tables: Send {
    /// Loads what is wanted and not yet there. Returns whether anything was.
    async fn load(&mut self, tx: &Transaction<'_>) -> Result<bool, tokio_postgres::Error>;
    /// The table, without schema.
    fn name(&self) -> &'static str;
    /// Writes what changed, and tells which rows the fold has touched.
    async fn flush(&mut self, tx: &Transaction<'_>) -> Result<Rows, tokio_postgres::Error>;
}

#[async_trait::async_trait]
impl<R: Row> Tables for Table<R> {
    async fn load(&mut self, tx: &Transaction<'_>) -> Result<bool, tokio_postgres::Error> {
        let wanted = std::mem::take(&mut self.wanted);
        let wanted_where = std::mem::take(&mut self.wanted_where);
        let wanted_text = std::mem::take(&mut self.wanted_text);
        let any = !wanted.is_empty() || !wanted_where.is_empty() || !wanted_text.is_empty();
        if !wanted.is_empty() {
            let rows = query(tx, &row::select_by_key::<R>(), &R::Key::arrays(wanted.iter())).await?;
            for key in wanted {
                self.entries.entry(key).or_insert(Entry::untouched(Stored::Absent));
            }
            rows.iter().for_each(|row| self.absorb(R::read(row)));
        }
        for (column, ids) in by_column(&wanted_where) {
            let rows = query(tx, &row::select_where::<R>(column), &[ids]).await?;
            rows.iter().for_each(|row| self.absorb(R::read(row)));
        }
        for (column, texts) in by_column(&wanted_text) {
            let rows = query(tx, &row::select_where::<R>(column), &[texts]).await?;
            rows.iter().for_each(|row| self.absorb(R::read(row)));
        }
        self.loaded_where.extend(wanted_where);
        self.loaded_text.extend(wanted_text);
        Ok(any)
    }

    fn name(&self) -> &'static str {
        R::TABLE
    }

    async fn flush(&mut self, tx: &Transaction<'_>) -> Result<Rows, tokio_postgres::Error> {
        let removed_many = self.removed_all || !self.removed_where.is_empty();
        if std::mem::take(&mut self.removed_all) {
            tx.execute(&format!("DELETE FROM {}", R::TABLE), &[]).await?;
        }
        for (column, ids) in by_column(&std::mem::take(&mut self.removed_where)) {
            execute(tx, &row::delete_where::<R>(column), &[ids]).await?;
        }
        let entries = std::mem::take(&mut self.entries);
        let gone = entries.iter().filter(|(_, e)| e.now.is_none() && e.stored != Stored::Absent).map(|(key, _)| key);
        if gone.clone().next().is_some() {
            execute(tx, &row::delete_by_key::<R>(), &R::Key::arrays(gone)).await?;
        }
        let changed = entries.values().filter_map(|entry| match (&entry.stored, &entry.now) {
            (Stored::Row(before), Some(now)) if before == now => None,
            (_, now) => now.as_ref(),
        });
        if changed.clone().next().is_some() {
            execute(tx, &row::upsert::<R>(), &R::arrays(changed)).await?;
        }
        self.loaded_where.clear();
        self.loaded_text.clear();
        let touched = entries.iter().filter(|(_, entry)| entry.touched).map(|(key, _)| key.id());
        Ok(if removed_many { Rows::Any } else { rows(touched) })
    }
}

/// The rows with these keys; `None`: a key that is no id.
fn rows(keys: impl Iterator<Item = Option<i64>>) -> Rows {
    match keys.collect::<Option<Vec<_>>>() {
        Some(ids) if ids.is_empty() => Rows::None,
        Some(ids) => Rows::These(ids),
        None => Rows::Any,
    }
}

/// `(column, array of values)`
fn by_column<T: Column>(scopes: &BTreeSet<(&'static str, T)>) -> BTreeMap<&'static str, Param>
where
    Vec<T>: ToSql,
{
    let mut columns: BTreeMap<&'static str, Vec<T>> = BTreeMap::new();
    for (column, value) in scopes {
        columns.entry(column).or_default().push(value.clone());
    }
    columns.into_iter().map(|(column, values)| (column, Box::new(values) as Param)).collect()
}

fn refs<'a>(params: impl IntoIterator<Item = &'a Param>) -> Vec<&'a (dyn ToSql + Sync)> {
    params.into_iter().map(|param| param.as_ref() as &(dyn ToSql + Sync)).collect()
}

async fn query(
    tx: &Transaction<'_>,
    sql: &str,
    params: &[Param],
) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
    tx.query(&tx.prepare_cached(sql).await?, &refs(params)).await
}

async fn execute(tx: &Transaction<'_>, sql: &str, params: &[Param]) -> Result<u64, tokio_postgres::Error> {
    tx.execute(&tx.prepare_cached(sql).await?, &refs(params)).await
}
