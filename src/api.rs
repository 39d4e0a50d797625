//! The client API: parse, one command or query, render.
//!
//! What stands here so far is the edge every handler shares: it knows HTTP and Mastodon's conventions, and must not
//! know accounts, statuses or the log. To add a piece of the edge, add a module and one line below.

pub mod client_ip;
mod cors;
pub mod edge;
pub mod error;
pub mod fallback;
pub mod page;
pub mod params;
pub mod rate_limit;
pub mod request_id;
pub mod time;

pub use client_ip::ClientIp;
pub use edge::{EdgeConfig, layers};
pub use error::{ApiError, ApiResult, ErrorCode, Validation};
pub use page::{Page, PageQuery, Pager, Window};
pub use params::{FileLimit, Files, Params, Upload};
pub use rate_limit::{Caller, RateLimitConfig};
pub use request_id::RequestId;
