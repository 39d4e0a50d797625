//! How much each limit allows, by the `[rate_limits]` section of the configuration (`config/sections.rs`).
//!
//! Must not know routes or counters.

use std::net::IpAddr;

use super::rules::Class;
pub use crate::config::RateLimits as RateLimitConfig;

impl RateLimitConfig {
    /// Whether requests from the address are limited.
    pub(super) fn concerns(&self, address: IpAddr) -> bool {
        self.enabled && !self.exempt.iter().any(|block| block.holds(address))
    }

    pub(super) const fn of(&self, class: Class) -> u32 {
        match class {
            Class::User => self.per_user,
            Class::Token => self.per_token,
            Class::Anonymous | Class::Stranger => self.anonymous,
            Class::UserPaging | Class::AnonymousPaging => self.paging,
            Class::Media => self.media,
            Class::Delete => self.deletes,
            Class::SignUp => self.sign_ups,
            Class::Application => self.applications,
            Class::SignIn => self.sign_ins,
        }
    }
}
