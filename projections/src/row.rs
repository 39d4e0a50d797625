//! Rows of read models, and the SQL that loads and writes them set-wise.

use jiff::Timestamp;
use tokio_postgres::types::{FromSqlOwned, ToSql};

/// A parameter that owns its value.
pub type Param = Box<dyn ToSql + Sync + Send>;

/// A type that a column can have.
pub trait Column: Clone + FromSqlOwned + ToSql + Sync + Send + 'static {
    /// PostgreSQL's name of the type.
    const SQL_TYPE: &'static str;

    /// The value as an id, for removal by [`crate::Table::remove_where`].
    fn as_id(&self) -> Option<i64> {
        None
    }
}

impl Column for i64 {
    const SQL_TYPE: &'static str = "int8";

    fn as_id(&self) -> Option<i64> {
        Some(*self)
    }
}

impl<T: Column> Column for Option<T> {
    const SQL_TYPE: &'static str = T::SQL_TYPE;

    fn as_id(&self) -> Option<i64> {
        self.as_ref().and_then(Column::as_id)
    }
}

macro_rules! columns {
    ($($type:ty = $sql:literal,)*) => {$(
        impl Column for $type {
            const SQL_TYPE: &'static str = $sql;
        }
    )*};
}

columns! {
    bool = "bool",
    f64 = "float8",
    i16 = "int2",
    i32 = "int4",
    serde_json::Value = "jsonb",
    String = "text",
    Timestamp = "timestamptz",
    uuid::Uuid = "uuid",
}

/// A row of a read model. Made by [`row!`].
pub trait Row: Clone + PartialEq + Send + Sync + 'static {
    /// The primary key.
    type Key: Key;
    /// The table, without schema.
    const TABLE: &'static str;
    /// Columns of the key, with their types.
    const KEY: &'static [(&'static str, &'static str)];
    /// All columns, the key's first, with their types.
    const COLUMNS: &'static [(&'static str, &'static str)];

    /// The primary key.
    fn key(&self) -> Self::Key;
    /// Reads [`Self::COLUMNS`] in order.
    fn read(row: &tokio_postgres::Row) -> Self;
    /// The value of an id column, for removal by it.
    fn id_in(&self, column: &str) -> Option<i64>;
    /// One array for each of [`Self::COLUMNS`].
    fn arrays<'a>(rows: impl Iterator<Item = &'a Self> + Clone) -> Vec<Param>;
}

/// Declares a row: its table, its key, its other columns.
macro_rules! row {
    (
        $(#[$doc:meta])*
        pub struct $name:ident in $table:literal {
            key { $($(#[$kdoc:meta])* $key:ident: $ktype:ty),+ $(,)? }
            $($(#[$cdoc:meta])* $column:ident: $type:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "columns say what they hold by their names")]
        pub struct $name {
            $($(#[$kdoc])* pub $key: $ktype,)+
            $($(#[$cdoc])* pub $column: $type,)*
        }

        impl $crate::Row for $name {
            type Key = ($($ktype,)+);
            const TABLE: &'static str = $table;
            const KEY: &'static [(&'static str, &'static str)] =
                &[$((stringify!($key), <$ktype as $crate::Column>::SQL_TYPE),)+];
            const COLUMNS: &'static [(&'static str, &'static str)] = &[
                $((stringify!($key), <$ktype as $crate::Column>::SQL_TYPE),)+
                $((stringify!($column), <$type as $crate::Column>::SQL_TYPE),)*
            ];

            fn key(&self) -> Self::Key {
                ($(self.$key.clone(),)+)
            }

            fn read(row: &tokio_postgres::Row) -> Self {
                Self {
                    $($key: row.get(stringify!($key)),)+
                    $($column: row.get(stringify!($column)),)*
                }
            }

            fn id_in(&self, column: &str) -> Option<i64> {
                $(if column == stringify!($key) { return $crate::Column::as_id(&self.$key); })+
                $(if column == stringify!($column) { return $crate::Column::as_id(&self.$column); })*
                None
            }

            fn arrays<'a>(rows: impl Iterator<Item = &'a Self> + Clone) -> Vec<$crate::row::Param> {
                vec![
                    $(Box::new(rows.clone().map(|row| row.$key.clone()).collect::<Vec<_>>()),)+
                    $(Box::new(rows.clone().map(|row| row.$column.clone()).collect::<Vec<_>>()),)*
                ]
            }
        }
    };
}

/// A primary key: a tuple of columns.
pub trait Key: Clone + Ord + Send + Sync {
    /// The key as an id, where it is one.
    fn id(&self) -> Option<i64>;
    /// One array for each part.
    fn arrays<'a>(keys: impl Iterator<Item = &'a Self> + Clone) -> Vec<Param>
    where
        Self: 'a;
}

macro_rules! key {
    ($($part:ident $index:tt),+) => {
        impl<$($part: Column + Ord),+> Key for ($($part,)+) {
            fn id(&self) -> Option<i64> {
                let mut parts = [$(self.$index.as_id()),+].into_iter();
                parts.next().flatten().filter(|_| parts.next().is_none())
            }

            fn arrays<'a>(keys: impl Iterator<Item = &'a Self> + Clone) -> Vec<Param>
            where
                Self: 'a,
            {
                vec![$(Box::new(keys.clone().map(|key| key.$index.clone()).collect::<Vec<_>>())),+]
            }
        }
    };
}

key!(A 0);
key!(A 0, B 1);
key!(A 0, B 1, C 2);

/// `a, b, c`
fn names(columns: &[(&str, &str)]) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// `UNNEST($1::int8[], $2::text[]) AS wanted (a, b)`
fn unnest(columns: &[(&str, &str)]) -> String {
    let arrays: Vec<_> = columns.iter().enumerate().map(|(i, (_, sql))| format!("${}::{sql}[]", i + 1)).collect();
    format!("UNNEST({}) AS wanted ({})", arrays.join(", "), names(columns))
}

/// Loads rows by key.
pub(crate) fn select_by_key<R: Row>() -> String {
    format!("SELECT {} FROM {} JOIN {} USING ({})", names(R::COLUMNS), R::TABLE, unnest(R::KEY), names(R::KEY))
}

/// Loads rows by an id column.
pub(crate) fn select_where<R: Row>(column: &str) -> String {
    format!("SELECT {} FROM {} WHERE {column} = ANY($1)", names(R::COLUMNS), R::TABLE)
}

/// Writes rows, whether they are there or not.
pub(crate) fn upsert<R: Row>() -> String {
    let rest = &R::COLUMNS[R::KEY.len()..];
    let update = if rest.is_empty() {
        "NOTHING".to_owned()
    } else {
        let set: Vec<_> = rest.iter().map(|(name, _)| format!("{name} = EXCLUDED.{name}")).collect();
        format!("UPDATE SET {}", set.join(", "))
    };
    let columns = names(R::COLUMNS);
    format!(
        "INSERT INTO {} ({columns}) SELECT {columns} FROM {} ON CONFLICT ({}) DO {update}",
        R::TABLE,
        unnest(R::COLUMNS),
        names(R::KEY)
    )
}

/// Removes rows by key.
pub(crate) fn delete_by_key<R: Row>() -> String {
    let matches: Vec<_> = R::KEY.iter().map(|(name, _)| format!("{}.{name} = wanted.{name}", R::TABLE)).collect();
    format!("DELETE FROM {} USING {} WHERE {}", R::TABLE, unnest(R::KEY), matches.join(" AND "))
}

/// Removes rows by an id column.
pub(crate) fn delete_where<R: Row>(column: &str) -> String {
    format!("DELETE FROM {} WHERE {column} = ANY($1)", R::TABLE)
}
