//! Every setting: its name, what it means, its default. The doc comments are what an operator reads.
//!
//! To add one: one line here with its comment, then `chronodon config example > docs/config.example.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::network::Network;
use super::section::section;
use crate::api::client_ip::IpBlock;

section! {
    /// Where the server is, for its users and on this machine.
    Server {
        /// Address and port to listen on, without TLS: a proxy in front adds that.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 3000));
        /// The domain in the names of this server's accounts, as in @user@social.example. It can never be changed
        /// once there are accounts. Without it: localhost with the port of listen.
        domain: Option<String> = None => r#""social.example""#;
        /// The domain that web browsers and apps use, where it is another than the former.
        web_domain: Option<String> = None => r#""www.social.example""#;
        /// "http" or "https" in public addresses. Without it: "http" when the domain is a loopback address (for
        /// trying and testing), "https" otherwise.
        scheme: Option<Scheme> = None => r#""https""#;
        /// Directory of everything that the server stores.
        data_dir: PathBuf = PathBuf::from("data");
        /// File of the master key, without which nothing in the log can be read. Made at the first start; back it up
        /// apart from the data. Without this setting: master.key in the data directory.
        master_key_file: Option<PathBuf> = None => r#""/etc/chronodon/master.key""#;
        /// Proxies in front of the server, as addresses or blocks of them. Only from these is a client's address
        /// believed as X-Forwarded-For gives it.
        trusted_proxies: Vec<IpBlock> = IpBlock::private();
        /// Seconds that running requests are given at shutdown.
        shutdown_seconds: u64 = 20;
    }
}

section! {
    /// The PostgreSQL database.
    Database {
        /// An existing, empty database. Without it the server runs a PostgreSQL of its own in the data directory.
        url: Option<String> = None => r#""postgresql://chronodon@%2Frun%2Fpostgresql/chronodon""#;
        /// Connections for requests, at most. The log and the projections have a few of their own.
        pool_size: usize = 16;
    }
}

section! {
    /// Who may sign up.
    Registrations {
        /// "open": everybody. "approval": everybody may ask, and somebody of the team decides. "closed": nobody;
        /// accounts are made by the command: chronodon account create.
        mode: RegistrationMode = RegistrationMode::Closed;
        /// Whether a new e-mail address must be confirmed before its account works. Where no mail can be sent,
        /// addresses are confirmed at once.
        confirm_email: bool = true;
    }
}

section! {
    /// How apps sign in.
    Oauth {
        /// Whether apps may send a user's name and password for a token. It spares scripts a browser, and it lets any
        /// app see the password.
        password_grant: bool = false;
    }
}

section! {
    /// How many requests are answered before status 429. The defaults are Mastodon's.
    RateLimits {
        /// Whether requests are counted at all.
        enabled: bool = true;
        /// Requests of one user to the API, over all apps, in 5 minutes.
        per_user: u32 = 1_500;
        /// Requests with one access token to the API in 5 minutes.
        per_token: u32 = 300;
        /// Requests to the API without a good token, from one address, in 5 minutes.
        anonymous: u32 = 300;
        /// Further pages of lists, by one user or one anonymous address, in 15 minutes.
        paging: u32 = 300;
        /// Uploads of one user in 30 minutes.
        media: u32 = 30;
        /// Posts deleted and boosts taken back by one user in 30 minutes.
        deletes: u32 = 30;
        /// Sign-ups by the API from one address in 30 minutes.
        sign_ups: u32 = 5;
        /// Apps registered from one address in 10 minutes.
        applications: u32 = 5;
        /// Sign-ins and tokens asked for from one address in 5 minutes.
        sign_ins: u32 = 25;
        /// Blocks of addresses that are not limited, such as "10.0.0.0/8".
        exempt: Vec<IpBlock> = Vec::new();
    }
}

section! {
    /// Pictures and other files.
    Media {
        /// Directory of uploaded files. Without it: media in the data directory.
        directory: Option<PathBuf> = None => r#""/srv/chronodon/media""#;
        /// Bytes of an uploaded picture, at most.
        image_bytes_max: usize = chronodon_domain::limits::IMAGE_BYTES_MAX;
    }
}

section! {
    /// Other servers.
    Federation {
        /// Whether the server talks with others at all.
        enabled: bool = true;
        /// Whether others must sign to read public posts and profiles here (Mastodon's "secure mode").
        authorized_fetch: bool = false;
        /// Whether the server talks only with domains that were allowed (Mastodon's "limited federation mode").
        limited: bool = false;
        /// Networks that are not public and that the server may call all the same, such as "10.1.0.0/16". For trying and
        /// testing: whoever can name an address to this server reaches what is in them.
        allowed_private_networks: Vec<Network> = Vec::new();
        /// File of a further root certificate (PEM) that other servers may have theirs from. For trying and testing.
        ca_file: Option<PathBuf> = None => r#""/etc/chronodon/test-root.pem""#;
        /// Bytes of other servers' pictures and files that are kept here, at most.
        media_cache_bytes: u64 = 10 * 1024 * 1024 * 1024;
        /// Days after which other servers' posts go that nobody here has touched; 0 keeps them.
        remote_retention_days: u32 = 0;
    }
}

section! {
    /// What the server says about itself.
    Instance {
        /// Its name.
        title: String = "Chronodon".into();
        /// A sentence or two about it.
        description: String = String::new();
        /// The address that people may write to.
        contact_email: String = String::new();
        /// The username of the local account that people may write to.
        contact_account: Option<String> = None => r#""admin""#;
        /// The languages of most posts here, as ISO 639-1 codes.
        languages: Vec<String> = vec!["en".into()];
        /// The rules that people accept when they sign up.
        rules: Vec<String> = Vec::new();
    }
}

section! {
    /// What the server writes to its standard error.
    Log {
        /// "error", "warn", "info", "debug" or "trace"; for single parts as in "info,chronodon=debug".
        level: String = "info".into();
    }
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// Everybody, at once.
    Open,
    /// Everybody may ask.
    Approval,
    /// Nobody.
    Closed,
}

/// The scheme of public addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// As in a URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
