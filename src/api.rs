//! The client API: parse, one command or query, render.
//!
//! What stands here so far is the edge every handler shares: it knows HTTP and Mastodon's conventions, and must not
//! know accounts, statuses or the log. To add a piece of the edge, add a module and one line below.

pub mod error;
pub mod page;
pub mod params;
pub mod time;

pub use error::{ApiError, ApiResult, ErrorCode, Validation};
pub use page::{Page, PageQuery, Pager, Window};
pub use params::{FileLimit, Files, Params, Upload};
