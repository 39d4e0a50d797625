//! Floor 1: the functional core.
pub mod limits;
pub mod text;
