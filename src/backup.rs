//! One file with everything that cannot be folded again: the log, the vault, the server's own tables, and media.
//!
//! The tables are read in one snapshot while the server writes on. The master key is left out on purpose: who finds
//! the file can read nothing in it. Read models are left out because the log makes them again.
//!
//! Format: a zstd-compressed tar. `manifest.json` first, then `tables/<schema>.<table>` (PostgreSQL's binary COPY),
//! then `media/<path below the media directory>`. Knows the names of schemas, but of no table.

mod manifest;
mod restore;
mod write;

pub use manifest::{Manifest, Table};
pub use restore::restore;
pub use write::write;

/// Schemas whose tables are kept.
const SCHEMAS: [&str; 3] = ["log", "vault", "server"];
/// Where each group of migrations keeps its history: not data, but what the file must agree with.
const HISTORIES: [&str; 2] = ["log.migrations", "server.schema_history"];
/// One row that the log's own migration makes; it is changed, not added.
const HEAD: &str = "log.head";
/// Compression that is quick.
const ZSTD_LEVEL: i32 = 3;
/// Of the media directory: files of a moment, and what other servers have.
const LEFT_OUT: [&str; 2] = ["tmp", crate::media::store::REMOTE];
