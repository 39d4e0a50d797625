//! A group of read models: the unit of checkpoint, rebuild and verification.

use chronodon_event_log::Recorded;

use crate::Tables;

/// One statement of a group's schema file.
pub type Ddl = &'static str;

/// The state that a batch of events folds over.
pub trait Group: Default + Send + 'static {
    /// The name, as operators write it.
    const NAME: &'static str;
    /// The group's tables and indexes. A change of any of them is a new version and a rebuild.
    const DDL: &'static [Ddl];
    /// Every table with the columns of its key, for verification.
    const TABLES: &'static [(&'static str, &'static [(&'static str, &'static str)])];

    /// Asks for the rows that folding the event will look at. Called again after each load, until nothing is missing.
    fn want(&mut self, event: &Recorded);
    /// Folds the event.
    fn apply(&mut self, event: &Recorded);
    /// All tables, to load and flush.
    fn tables(&mut self) -> Vec<&mut dyn Tables>;
}
