//! Pages of a list: what a client asks for, and the `Link` header that leads on (client traps 3–7).
//!
//! A cursor is whatever number orders the list: the status id on timelines, the id of the join row for followers or
//! favourites. It must not know what the items are, nor how they are fetched.

use std::fmt::Display;

use axum::Json;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chronodon_projections::core::span::Span;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;

use super::error::ApiError;

/// The paging parameters, for `#[serde(flatten)]` in an endpoint's own parameters.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct PageQuery {
    #[serde(deserialize_with = "leading_number")]
    limit: Option<i64>,
    #[serde(deserialize_with = "leading_number")]
    max_id: Option<i64>,
    #[serde(deserialize_with = "leading_number")]
    since_id: Option<i64>,
    #[serde(deserialize_with = "leading_number")]
    min_id: Option<i64>,
    #[serde(deserialize_with = "leading_number")]
    offset: Option<i64>,
}

/// The part of a list to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Most items.
    pub limit: usize,
    /// Only cursors smaller than this.
    pub below: Option<i64>,
    /// Only cursors greater than this.
    pub above: Option<i64>,
    /// Which end of that range to take when it holds more than `limit`.
    pub end: End,
}

/// An end of a range of cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `ORDER BY cursor DESC`: the first page, `max_id`, `since_id`.
    Newest,
    /// `ORDER BY cursor ASC`, turned round afterwards: `min_id`, the page just after it.
    Oldest,
}

impl PageQuery {
    /// The number of items: `default` when absent, at most `max`. A negative number loses its sign, as in Mastodon.
    #[must_use]
    pub fn limit(&self, default: usize, max: usize) -> usize {
        self.limit.map_or(default, |asked| usize::try_from(asked.unsigned_abs()).unwrap_or(max).min(max))
    }

    /// Whether `limit=0` was asked, which means all in the accounts of a list (client trap 7).
    #[must_use]
    pub fn wants_all(&self) -> bool {
        self.limit == Some(0)
    }

    /// How many items to skip, for the few lists without cursors (search, directory).
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset.map_or(0, |asked| usize::try_from(asked.max(0)).unwrap_or(usize::MAX))
    }

    /// The window asked for, with Mastodon's cap of twice the default.
    #[must_use]
    pub fn window(&self, default: usize) -> Window {
        self.window_of_at_most(default, default.saturating_mul(2))
    }

    /// The window asked for, with a cap of its own. `min_id` wins over `since_id`.
    #[must_use]
    pub fn window_of_at_most(&self, default: usize, max: usize) -> Window {
        let (above, end) = match self.min_id {
            Some(min_id) => (Some(min_id), End::Oldest),
            None => (self.since_id, End::Newest),
        };
        Window { limit: self.limit(default, max), below: self.max_id, above, end }
    }
}

impl Window {
    /// The same, as read models ask for it.
    #[must_use]
    pub fn span(&self) -> Span {
        let Self { limit, below, above, end } = *self;
        Span { below, above, oldest: end == End::Oldest, limit }
    }

    /// Puts items fetched in the order of [`Window::end`] into the order of the answer, newest first.
    #[must_use]
    pub fn newest_first<T>(&self, mut items: Vec<T>) -> Vec<T> {
        if self.end == End::Oldest {
            items.reverse();
        }
        items
    }

    /// Whether a cursor lies in the range.
    #[must_use]
    pub fn holds(&self, cursor: i64) -> bool {
        self.below.is_none_or(|below| cursor < below) && self.above.is_none_or(|above| cursor > above)
    }
}

/// Ruby's `to_i` on a cursor or limit: the leading number, 0 without one; blank and odd shapes are absent.
fn leading_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return Ok(None),
    };
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text).bytes().take_while(u8::is_ascii_digit).count();
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let number = text.trim_start_matches('-').get(..digits).unwrap_or_default();
    let number = if digits == 0 { 0 } else { number.parse().unwrap_or(i64::MAX) };
    Ok((!text.is_empty()).then_some(number * sign))
}

/// The public address of the server (`https://social.example/`), put on every request by the edge's layers.
#[derive(Clone, Debug)]
pub struct PublicBase(pub std::sync::Arc<Url>);

/// Builds the answer of a list: knows the public address of the request and its other parameters.
#[derive(Clone, Debug)]
pub struct Pager {
    here: Url,
}

/// A page and the way on. Answers with the items as a JSON array, and the `Link` header.
#[derive(Debug)]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    link: Option<HeaderValue>,
}

impl Pager {
    /// A timeline: `next` whenever there is anything, `prev` by `min_id`. `cursor` is mostly the status id.
    pub fn timeline<T>(&self, items: Vec<T>, cursor: impl Fn(&T) -> i64) -> Page<T> {
        let link = self.ends(&items, cursor).and_then(|(first, last)| self.link(Some(last), "min_id", first));
        Page { items, link }
    }

    /// What somebody keeps (bookmarks, favourites): `next` only after a full page, `prev` by `min_id`.
    pub fn kept<T>(&self, items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> i64) -> Page<T> {
        let full = items.len() >= limit;
        let ends = self.ends(&items, cursor);
        let link = ends.and_then(|(first, last)| self.link(full.then_some(last), "min_id", first));
        Page { items, link }
    }

    /// Any other list: `next` only after a full page, `prev` by `since_id`. `limit` is that of the window, `cursor`
    /// that of the join row.
    pub fn list<T>(&self, items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> i64) -> Page<T> {
        let full = items.len() >= limit;
        let ends = self.ends(&items, cursor);
        let link = ends.and_then(|(first, last)| self.link(full.then_some(last), "since_id", first));
        Page { items, link }
    }

    /// The posts of one account: `next` only after a full page, `prev` by `min_id`.
    pub fn posts<T>(&self, items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> i64) -> Page<T> {
        let full = items.len() >= limit;
        let ends = self.ends(&items, cursor);
        let link = ends.and_then(|(first, last)| self.link(full.then_some(last), "min_id", first));
        Page { items, link }
    }

    /// A list by offset: `next` after a full page, `prev` unless at its beginning.
    pub fn by_offset<T>(&self, items: Vec<T>, limit: usize, offset: usize) -> Page<T> {
        let full = limit > 0 && items.len() >= limit;
        let next = full.then(|| relation(&self.with("offset", offset.saturating_add(limit)), "next"));
        let prev = (offset > 0).then(|| relation(&self.with("offset", offset.saturating_sub(limit)), "prev"));
        Page { items, link: header(next.into_iter().chain(prev)) }
    }

    fn ends<T>(&self, items: &[T], cursor: impl Fn(&T) -> i64) -> Option<(i64, i64)> {
        Some((cursor(items.first()?), cursor(items.last()?)))
    }

    fn link(&self, next: Option<i64>, prev: &str, first: i64) -> Option<HeaderValue> {
        let next = next.map(|last| relation(&self.with("max_id", last), "next"));
        header(next.into_iter().chain([relation(&self.with(prev, first), "prev")]))
    }

    /// This request's address with one cursor in place of those it came with.
    fn with(&self, parameter: &str, cursor: impl Display) -> Url {
        let mut there = self.here.clone();
        there.query_pairs_mut().append_pair(parameter, &cursor.to_string());
        there
    }
}

fn relation(to: &Url, name: &str) -> String {
    format!("<{to}>; rel=\"{name}\"")
}

fn header(relations: impl Iterator<Item = String>) -> Option<HeaderValue> {
    let relations: Vec<_> = relations.collect();
    if relations.is_empty() { None } else { HeaderValue::try_from(relations.join(", ")).ok() }
}

/// What a link does not repeat: the cursors, which change, and the token, which is nobody's to pass on.
const NOT_KEPT: [&str; 5] = ["max_id", "min_id", "since_id", "offset", "access_token"];

impl<S: Send + Sync> FromRequestParts<S> for Pager {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let base = parts.extensions.get::<PublicBase>();
        let base = base.ok_or_else(|| ApiError::internal("the edge's layers are missing"))?;
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let mut here = Url::clone(&base.0);
        here.set_path(uri.path());
        let given = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let kept: Vec<_> = given.filter(|(name, _)| !NOT_KEPT.contains(&name.as_ref())).collect();
        here.query_pairs_mut().clear().extend_pairs(kept);
        Ok(Self { here })
    }
}

impl<T> Page<T> {
    /// The page with its items rendered; the way on stays.
    pub fn map<U>(self, render: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(render).collect(), link: self.link }
    }

    /// The page with other items in place of these, where rendering needs all at once.
    #[must_use]
    pub fn with_items<U>(self, items: Vec<U>) -> Page<U> {
        Page { items, link: self.link }
    }

    /// The `Link` header, for answers that are no plain array.
    #[must_use]
    pub fn link(&self) -> Option<&HeaderValue> {
        self.link.as_ref()
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.items).into_response();
        if let Some(link) = self.link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests;
