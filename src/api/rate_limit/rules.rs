//! Which request counts against which limit: the one table of classes by method and path.
//!
//! To limit a route of its own, add a [`Class`], its line in `RULES`, and its number in `config`. Sizes and periods
//! are those of Mastodon 4.6.

use axum::extract::Request;
use axum::http::{Method, Uri, header};
use sha2::{Digest, Sha256};

use super::TokenHash;

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// Any request of the API with a good token, by user.
    User,
    /// The same, by token.
    Token,
    /// Any request of the API without a token.
    Anonymous,
    /// Any request of the API with a token that is not (yet) known to be good.
    Stranger,
    /// Pages by cursor, by user.
    UserPaging,
    /// Pages by cursor, without a token.
    AnonymousPaging,
    /// Uploads.
    Media,
    /// Deleting a status, or taking a reblog back.
    Delete,
    /// Sign-up by API.
    SignUp,
    /// Registering an application.
    Application,
    /// Passwords and codes tried at sign-in or at the token endpoint.
    SignIn,
}

/// By what a class is counted, and whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Anybody, by address.
    Address,
    /// Requests without a token, by address.
    Anonymous,
    /// Requests with an unknown token, by address.
    Stranger,
    /// Requests with a good token, by token.
    Token,
    /// Requests with a user's token, by user.
    User,
}

impl Class {
    pub(super) const fn need(self) -> Need {
        match self {
            Self::SignUp | Self::Application | Self::SignIn => Need::Address,
            Self::Anonymous | Self::AnonymousPaging => Need::Anonymous,
            Self::Stranger => Need::Stranger,
            Self::Token => Need::Token,
            Self::User | Self::UserPaging | Self::Media | Self::Delete => Need::User,
        }
    }

    /// Length of its window.
    pub(super) const fn period_seconds(self) -> i64 {
        match self {
            Self::User | Self::Token | Self::Anonymous | Self::Stranger | Self::SignIn => 5 * 60,
            Self::Application => 10 * 60,
            Self::UserPaging | Self::AnonymousPaging => 15 * 60,
            Self::Media | Self::Delete | Self::SignUp => 30 * 60,
        }
    }
}

/// Routes with a limit of their own; `*` stands for one segment.
const RULES: [(Method, &str, Class); 8] = [
    (Method::DELETE, "/api/v1/statuses/*", Class::Delete),
    (Method::POST, "/api/v1/accounts", Class::SignUp),
    (Method::POST, "/api/v1/apps", Class::Application),
    (Method::POST, "/api/v1/media", Class::Media),
    (Method::POST, "/api/v1/statuses/*/unreblog", Class::Delete),
    (Method::POST, "/api/v2/media", Class::Media),
    (Method::POST, "/auth/sign_in", Class::SignIn),
    (Method::POST, "/oauth/token", Class::SignIn),
];

/// What every request of the API counts against, as far as it concerns it.
const GENERAL: [Class; 4] = [Class::Token, Class::User, Class::Anonymous, Class::Stranger];
const PAGING: [Class; 2] = [Class::UserPaging, Class::AnonymousPaging];
const CURSORS: [&str; 3] = ["max_id=", "min_id=", "since_id="];

/// The classes of a request. Streaming is not limited: it is one request for hours.
pub(super) fn classes_of(method: &Method, uri: &Uri) -> Vec<Class> {
    let path = uri.path();
    let own = RULES.iter().filter(|(of, pattern, _)| of == method && matches(pattern, path)).map(|(.., class)| *class);
    let mut classes: Vec<_> = own.collect();
    if path.starts_with("/api/") && !path.starts_with("/api/v1/streaming") {
        classes.extend(GENERAL);
        let mut pairs = uri.query().unwrap_or_default().split('&');
        if pairs.any(|pair| CURSORS.iter().any(|cursor| pair.starts_with(cursor))) {
            classes.extend(PAGING);
        }
    }
    classes
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == "*" || wanted == given => {}
            _ => return false,
        }
    }
}

/// The hash of the token a request brings, in its header or query string.
pub(super) fn token_of(request: &Request) -> Option<TokenHash> {
    let written = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = written.and_then(|value| value.split_once(' '));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let mut pairs = request.uri().query().unwrap_or_default().split('&');
    let token = bearer.or_else(|| pairs.find_map(|pair| pair.strip_prefix("access_token=")));
    token.map(|token| Sha256::digest(token).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(method: Method, uri: &'static str) -> Vec<Class> {
        let mut classes = classes_of(&method, &Uri::from_static(uri));
        classes.retain(|class| !GENERAL.contains(class));
        classes
    }

    #[test]
    fn the_table_names_the_routes() {
        assert_eq!(classes(Method::POST, "/api/v2/media"), [Class::Media]);
        assert_eq!(classes(Method::GET, "/api/v1/media/1"), []);
        assert_eq!(classes(Method::DELETE, "/api/v1/statuses/1"), [Class::Delete]);
        assert_eq!(classes(Method::POST, "/api/v1/statuses/1/unreblog"), [Class::Delete]);
        assert_eq!(classes(Method::POST, "/api/v1/statuses/1/reblog"), []);
        assert_eq!(classes(Method::POST, "/api/v1/accounts"), [Class::SignUp]);
        assert_eq!(classes(Method::GET, "/api/v1/timelines/home?limit=2&max_id=7"), PAGING);
    }

    #[test]
    fn only_the_api_is_general() {
        assert!(classes_of(&Method::GET, &Uri::from_static("/@alice?max_id=1")).is_empty());
        assert!(classes_of(&Method::GET, &Uri::from_static("/api/v1/streaming/user")).is_empty());
        assert_eq!(classes_of(&Method::GET, &Uri::from_static("/api/v2/instance")), GENERAL);
        assert_eq!(classes_of(&Method::POST, &Uri::from_static("/oauth/token")), [Class::SignIn]);
    }
}
