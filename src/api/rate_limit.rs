//! Rate limits: fixed windows by token, user and address, with the headers clients read (client trap 24).
//!
//! Which request counts against what is the table in `rules`; how much is in `config`; the counters are in `windows`.
//! It must not know sessions: a token is trusted to be one after the authenticator has told so through [`Caller`].
//! Counters are in the memory of one process, so two processes allow up to twice as much.

mod config;
mod rules;
mod windows;

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chronodon_domain::limits::RATE_LIMIT_COUNTERS_MAX;
use chronodon_events::AccountId;
use jiff::Timestamp;

use super::client_ip::ClientIp;
use super::error::ApiError;
use super::time::iso8601;
pub use config::RateLimitConfig;
use rules::{Class, Need, classes_of};
use windows::{Standing, Subject, Windows};

const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How the authenticator tells the limiter that a request's token is good, as a request extension.
#[derive(Clone, Debug, Default)]
pub struct Caller(Arc<OnceLock<Option<AccountId>>>);

impl Caller {
    /// The token is good; `user` is whose it is, nobody's for an application's own token.
    pub fn recognize(&self, user: Option<AccountId>) {
        // A second extractor of the same request says the same.
        let _ = self.0.set(user);
    }
}

/// SHA-256 of a token.
type TokenHash = [u8; 32];

/// Who is counted.
enum Who {
    Address,
    /// A token that nobody has vouched for yet: counted by address until somebody does.
    Stranger(TokenHash),
    Token(TokenHash, Option<AccountId>),
}

/// The counters and the tokens known to be good.
pub(super) struct RateLimits {
    config: RateLimitConfig,
    windows: Windows,
    recognized: moka::sync::Cache<TokenHash, Option<AccountId>>,
    /// The limiter has a clock of its own: its windows are no fact of the log.
    clock: fn() -> Timestamp,
}

impl RateLimits {
    #[expect(clippy::disallowed_methods, reason = "the limiter has a clock of its own")]
    pub(super) fn new(config: RateLimitConfig) -> Self {
        let recognized = moka::sync::Cache::builder()
            .max_capacity(RATE_LIMIT_COUNTERS_MAX)
            .time_to_live(std::time::Duration::from_secs(10 * 60))
            .build();
        Self { config, windows: Windows::new(RATE_LIMIT_COUNTERS_MAX), recognized, clock: Timestamp::now }
    }

    fn who(&self, token: Option<TokenHash>) -> Who {
        match token.map(|hash| (hash, self.recognized.get(&hash))) {
            None => Who::Address,
            Some((hash, None)) => Who::Stranger(hash),
            Some((hash, Some(user))) => Who::Token(hash, user),
        }
    }

    /// What the request counts against: each class with the subject it is counted by.
    fn counted(&self, classes: &[Class], who: &Who, address: ClientIp) -> Vec<(Class, Subject)> {
        let address = Subject::address(address.0);
        let counted = classes.iter().flat_map(|class| match (class.need(), who) {
            (Need::Address, _) => vec![(*class, address)],
            (Need::Anonymous, Who::Address) => vec![(*class, address)],
            (Need::Stranger, Who::Stranger(_)) => vec![(*class, address)],
            (Need::Token, Who::Token(hash, _)) => vec![(*class, Subject::Token(*hash))],
            (Need::User, Who::Token(_, Some(user))) => vec![(*class, Subject::User(*user))],
            _ => Vec::new(),
        });
        counted.collect()
    }

    fn charge(&self, counted: &[(Class, Subject)], now: Timestamp) -> Vec<Standing> {
        counted
            .iter()
            .map(|(class, subject)| self.windows.charge(*class, *subject, self.config.of(*class), now))
            .collect()
    }

    /// Takes back what a stranger was charged, and charges the token that turned out to be good.
    fn recognize(&self, hash: TokenHash, user: Option<AccountId>, call: &Call, now: Timestamp) -> Vec<Standing> {
        self.recognized.insert(hash, user);
        for (class, subject) in self.counted(&call.classes, &call.who, call.address) {
            if class.need() == Need::Stranger {
                self.windows.refund(class, subject, now);
            }
        }
        let mut counted = self.counted(&call.classes, &Who::Token(hash, user), call.address);
        counted.retain(|(class, _)| class.need() != Need::Address);
        self.charge(&counted, now)
    }
}

/// A request as the limiter sees it.
struct Call {
    classes: Vec<Class>,
    who: Who,
    address: ClientIp,
}

/// Refuses with 429 what exceeds a limit, and writes the standing of the tightest limit on every answer.
pub(super) async fn enforce(State(limits): State<Arc<RateLimits>>, mut request: Request, next: Next) -> Response {
    let address = request.extensions().get::<ClientIp>().copied();
    let classes = classes_of(request.method(), request.uri());
    let Some(address) = address.filter(|address| !classes.is_empty() && limits.config.concerns(address.0)) else {
        return next.run(request).await;
    };
    let now = (limits.clock)();
    let call = Call { classes, who: limits.who(rules::token_of(&request)), address };
    let counted = limits.counted(&call.classes, &call.who, address);
    let mut standings = limits.charge(&counted, now);
    if standings.iter().any(|standing| standing.exceeded) {
        return refusal(&standings, now);
    }
    let caller = Caller::default();
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    if let (Who::Stranger(hash), Some(user)) = (&call.who, caller.0.get()) {
        standings = limits.recognize(*hash, *user, &call, now);
    }
    write(response.headers_mut(), &standings);
    response
}

fn refusal(standings: &[Standing], now: Timestamp) -> Response {
    let mut response = ApiError::TooManyRequests.into_response();
    write(response.headers_mut(), standings);
    let reset = standings.iter().filter(|standing| standing.exceeded).map(|standing| standing.reset).max();
    let seconds = reset.unwrap_or(now).as_second().saturating_sub(now.as_second()).max(1);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The headers of the limit with the least left.
fn write(headers: &mut HeaderMap, standings: &[Standing]) {
    let Some(tightest) = standings.iter().min_by_key(|standing| standing.remaining) else { return };
    headers.insert(X_LIMIT, HeaderValue::from(tightest.limit));
    headers.insert(X_REMAINING, HeaderValue::from(tightest.remaining));
    let reset = HeaderValue::try_from(iso8601(tightest.reset)).expect("a time is printable ASCII");
    headers.insert(X_RESET, reset);
}

#[cfg(test)]
mod tests;
