//! How much each limit allows: the `[rate_limits]` section of the configuration.
//!
//! Must not know routes or counters.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::rules::Class;
use crate::api::client_ip::IpBlock;

/// Requests allowed per window; the defaults are Mastodon's.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitConfig {
    /// Whether requests are limited at all.
    pub enabled: bool,
    /// Requests of one user to the API, over all their apps, per 5 minutes.
    pub per_user: u32,
    /// Requests with one access token to the API per 5 minutes.
    pub per_token: u32,
    /// Requests without a good token to the API, from one address, per 5 minutes.
    pub anonymous: u32,
    /// Further pages of lists, by one user or by one anonymous address, per 15 minutes.
    pub paging: u32,
    /// Uploads of one user per 30 minutes.
    pub media: u32,
    /// Posts deleted and boosts taken back by one user per 30 minutes.
    pub deletes: u32,
    /// Sign-ups by API from one address per 30 minutes.
    pub sign_ups: u32,
    /// Applications registered from one address per 10 minutes.
    pub applications: u32,
    /// Sign-ins and tokens asked for from one address per 5 minutes.
    pub sign_ins: u32,
    /// Address blocks that are not limited, such as `10.0.0.0/8`.
    pub exempt: Vec<IpBlock>,
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            per_user: 1_500,
            per_token: 300,
            anonymous: 300,
            paging: 300,
            media: 30,
            deletes: 30,
            sign_ups: 5,
            applications: 5,
            sign_ins: 25,
            exempt: Vec::new(),
        }
    }
}

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
