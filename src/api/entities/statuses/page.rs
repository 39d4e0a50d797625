//! What the statuses of a page need beside their own rows, fetched in a fixed number of queries, and how rows become
//! entities. It must not know who may see them.

use std::collections::HashMap;
use std::sync::Arc;

use chronodon_domain::text::{self, Format};
use chronodon_events::AccountId;
use chronodon_projections::core::quotes::{self, Seen};
use chronodon_projections::core::statuses::Status as Row;
use chronodon_projections::core::viewer;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::content::Content;
use super::{Own, Status};
use crate::api::entities::accounts::{self, Account};
use crate::api::entities::media::{self as media_entity, MediaAttachment};
use crate::api::entities::polls::{self, AskedPoll, Poll};
use crate::api::entities::quotes::{self as quotes_entity, Quote, QuoteApproval, Quoted};
use crate::api::error::ApiResult;
use crate::app::App;
use crate::clock;

/// What the statuses of a page say, those that they show, and those that these quote.
#[derive(Default)]
pub(super) struct Contents {
    statuses: HashMap<i64, Arc<Content>>,
    quotes: Quotes,
}

/// By who sees the status that quotes, and its id.
type Quotes = HashMap<(Option<AccountId>, i64), Seen>;

/// How much of what a status quotes is shown in it.
#[derive(Clone, Copy)]
enum Depth {
    /// The quoted status.
    Whole,
    /// Its id alone, for it stands in a quote itself.
    Shallow,
}

/// What is the same for every viewer.
pub(super) struct Page {
    contents: HashMap<i64, Arc<Content>>,
    quotes: Quotes,
    accounts: HashMap<i64, Account>,
    media: HashMap<i64, Arc<MediaAttachment>>,
    polls: HashMap<i64, Arc<AskedPoll>>,
    now: Timestamp,
}

/// Through whose eyes a page is seen.
#[derive(Clone, Copy)]
pub(super) struct Eyes<'a> {
    /// Whose.
    pub(super) account_id: AccountId,
    /// What they have done with the statuses of the page.
    pub(super) own: &'a viewer::Own,
}

impl Contents {
    /// Of these statuses, of those that they show, and of those that either quote: the quotes as `viewers` see them.
    pub(super) async fn gather(app: &App, ids: &[i64], viewers: &[Option<AccountId>]) -> ApiResult<Self> {
        let mut contents = Self::default();
        contents.add(app, ids).await?;
        let shown: Vec<_> = contents.statuses.values().filter_map(|content| content.row.reblog_of_id).collect();
        contents.add(app, &shown).await?;
        let quoted = contents.add_quotes(app, viewers).await?;
        contents.add(app, &quoted).await?;
        if !quoted.is_empty() {
            contents.add_quotes(app, viewers).await?;
        }
        Ok(contents)
    }

    async fn add(&mut self, app: &App, ids: &[i64]) -> ApiResult<()> {
        let missing: Vec<_> = ids.iter().copied().filter(|id| !self.statuses.contains_key(id)).collect();
        self.statuses.extend(Content::by_ids(app, &missing).await?);
        Ok(())
    }

    /// The quotes that are not there yet. Returns the ids of what they quote. Without a query where nothing is quoted.
    async fn add_quotes(&mut self, app: &App, viewers: &[Option<AccountId>]) -> ApiResult<Vec<i64>> {
        let is_known = |id: i64| viewers.iter().any(|viewer| self.quotes.contains_key(&(*viewer, id)));
        let rows = self.statuses.values().map(|content| &content.row);
        let quoting: Vec<_> = rows.filter(|row| row.quotes && !is_known(row.id)).map(|row| row.id).collect();
        if quoting.is_empty() {
            return Ok(Vec::new());
        }
        let seen = quotes::seen(&app.reader, viewers, &quoting, clock::now()).await?;
        let quoted = seen.values().filter_map(|seen| seen.quote.quoted_id).collect();
        self.quotes.extend(seen);
        Ok(quoted)
    }

    /// The ids of the statuses, and of their conversations.
    pub(super) fn about(&self) -> (Vec<i64>, Vec<i64>) {
        self.statuses.values().map(|content| (content.row.id, content.row.conversation_id)).unzip()
    }
}

impl Page {
    /// Everything that these statuses need, but what depends on the viewer: authors, media, polls.
    pub(super) async fn gather(app: &App, contents: Contents) -> ApiResult<Self> {
        let Contents { statuses: contents, quotes } = contents;
        let mut authors: Vec<_> = contents.values().map(|content| content.row.account_id).collect();
        authors.sort_unstable();
        authors.dedup();
        let media_ids: Vec<_> = contents.values().flat_map(|content| content.media_ids.iter().copied()).collect();
        let asking: Vec<_> = contents.values().filter(|c| c.row.has_poll).map(|c| c.row.id).collect();
        let (accounts, media, polls) = tokio::try_join!(
            accounts::by_ids(app, &authors),
            media_entity::by_ids(app, &media_ids),
            polls::by_ids(app, &asking)
        )?;
        Ok(Self { contents, quotes, accounts, media, polls, now: clock::now() })
    }

    /// A status or reblog of this page; nothing when it, or what it shows, is not there.
    pub(super) fn render(&self, app: &App, id: i64, eyes: Option<Eyes<'_>>) -> Option<Status> {
        let content = self.contents.get(&id)?;
        match content.row.reblog_of_id {
            Some(shown) => {
                let shown = self.content(app, self.contents.get(&shown)?, eyes, Depth::Whole)?;
                self.reblog(app, &content.row, shown, eyes)
            }
            None => self.content(app, content, eyes, Depth::Whole),
        }
    }

    /// Nothing for what an author has posted who is suspended or not let in.
    fn author(&self, row: &Row) -> Option<Account> {
        self.accounts.get(&row.account_id).filter(|account| account.is_shown()).cloned()
    }

    /// A status with content of its own.
    fn content(&self, app: &App, content: &Content, eyes: Option<Eyes<'_>>, depth: Depth) -> Option<Status> {
        let row = &content.row;
        let account = self.author(row)?;
        let mine = eyes.is_some_and(|eyes| eyes.account_id.get() == row.account_id);
        Some(Status {
            uri: row
                .uri
                .clone()
                .unwrap_or_else(|| app.url(&format!("/users/{}/statuses/{}", account.username, row.id))),
            url: row.url.clone().unwrap_or_else(|| app.url(&format!("/@{}/{}", account.username, row.id))),
            spoiler_text: row.spoiler_text.clone(),
            sensitive: row.sensitive,
            language: row.language.clone(),
            content: self.html(app, content, eyes),
            application: row.application.as_ref().filter(|_| mine).map(application),
            media_attachments: content.media_ids.iter().filter_map(|id| self.media.get(id).cloned()).collect(),
            mentions: content.mentions.clone(),
            tags: content.tags.clone(),
            emojis: content.emojis.clone(),
            poll: self.poll(row, mine, eyes),
            quote: self.quote(app, row, eyes, depth),
            pinned: eyes.filter(|_| mine && row.visibility != "direct").map(|eyes| eyes.own.pinned.contains(&row.id)),
            ..bare(app, row, account, eyes)
        })
    }

    /// A reblog says nothing of its own; it counts what the status it shows counts.
    fn reblog(&self, app: &App, row: &Row, shown: Status, eyes: Option<Eyes<'_>>) -> Option<Status> {
        let account = self.author(row)?;
        Some(Status {
            uri: row
                .uri
                .clone()
                .unwrap_or_else(|| app.url(&format!("/users/{}/statuses/{}/activity", account.username, row.id))),
            url: shown.url.clone(),
            replies_count: shown.replies_count,
            reblogs_count: shown.reblogs_count,
            favourites_count: shown.favourites_count,
            quotes_count: shown.quotes_count,
            quote_approval: shown.quote_approval.clone(),
            reblog: Some(Box::new(shown)),
            ..bare(app, row, account, eyes)
        })
    }

    fn seen(&self, row: &Row, eyes: Option<Eyes<'_>>) -> Option<&Seen> {
        self.quotes.get(&(eyes.map(|eyes| eyes.account_id), row.id))
    }

    /// What it says; of one of ours that quotes, with a link to what it quotes (client trap 21).
    fn html(&self, app: &App, content: &Content, eyes: Option<Eyes<'_>>) -> String {
        let row = &content.row;
        let standing = |seen: &&Seen| row.local && (seen.quote.is_accepted() || seen.quote.state == "pending");
        let Some(seen) = self.seen(row, eyes).filter(standing) else { return content.html.clone() };
        let quoted = seen.quote.quoted_id.and_then(|id| self.contents.get(&id)).map(|quoted| &quoted.row);
        let url = match quoted {
            Some(Row { url: Some(url), .. }) => url.clone(),
            Some(row) => self.accounts.get(&row.account_id).map_or_else(
                || seen.quote.uri.clone(),
                |account| app.url(&format!("/@{}/{}", account.username, row.id)),
            ),
            None => seen.quote.uri.clone(),
        };
        if row.text.contains(&url) || row.text.contains(&seen.quote.uri) {
            return content.html.clone();
        }
        format!("{}{}", inline(app, &url), content.html)
    }

    fn quote(&self, app: &App, row: &Row, eyes: Option<Eyes<'_>>, depth: Depth) -> Option<Quote> {
        let seen = self.seen(row, eyes)?;
        let quoted_id = seen.quote.quoted_id;
        let content = quoted_id.and_then(|id| self.contents.get(&id));
        let (state, quoted) = match depth {
            Depth::Whole => {
                let quoted = content.and_then(|content| self.content(app, content, eyes, Depth::Shallow));
                let (state, is_shown) = quotes_entity::state(seen, quoted.is_some());
                (state, Quoted::Status(quoted.filter(|_| is_shown).map(Box::new)))
            }
            Depth::Shallow => {
                let (state, is_shown) = quotes_entity::state(seen, quoted_id.is_some());
                (state, Quoted::Id(quoted_id.filter(|_| is_shown).map(|id| id.to_string())))
            }
        };
        Some(Quote { state: state.to_owned(), quoted, quoted_id })
    }

    fn poll(&self, row: &Row, mine: bool, eyes: Option<Eyes<'_>>) -> Option<Poll> {
        let poll = self.polls.get(&row.id)?;
        let votes = eyes.map(|eyes| eyes.own.votes.get(&row.id).cloned().unwrap_or_default());
        Some(polls::render(poll, self.now, mine, votes))
    }
}

/// What statuses and reblogs have in common, and the rest empty.
fn bare(app: &App, row: &Row, account: Account, eyes: Option<Eyes<'_>>) -> Status {
    Status {
        id: row.id.to_string(),
        created_at: row.created_at,
        in_reply_to_id: row.in_reply_to_id.map(|id| id.to_string()),
        in_reply_to_account_id: row.in_reply_to_account_id.map(|id| id.to_string()),
        sensitive: false,
        spoiler_text: String::new(),
        visibility: row.visibility.clone(),
        language: None,
        uri: String::new(),
        url: String::new(),
        replies_count: row.replies_count,
        reblogs_count: row.reblogs_count,
        favourites_count: row.favourites_count,
        quotes_count: row.quotes_count,
        edited_at: row.edited_at,
        own: eyes.map(|eyes| own(row, eyes.own)),
        pinned: None,
        content: String::new(),
        text: None,
        reblog: None,
        application: None,
        account,
        media_attachments: Vec::new(),
        mentions: Vec::new(),
        tags: Vec::new(),
        emojis: Vec::new(),
        card: None,
        poll: None,
        quote: None,
        quote_approval: QuoteApproval::of(app, row, eyes.map(|eyes| eyes.account_id)),
        tagged_collections: Vec::new(),
    }
}

/// The paragraph by which those understand a quote who know of none; those who do, hide it.
fn inline(app: &App, url: &str) -> String {
    let resolve = |_: &text::MentionMatch| None;
    let format = Format { base_url: &app.base_url, resolve: &resolve, rel_me: false, with_domains: false };
    text::to_html(&format!("RE: {url}"), &format).replacen("<p>", "<p class=\"quote-inline\">", 1)
}

/// For a reblog: what the viewer has done with the status that it shows.
fn own(row: &Row, own: &viewer::Own) -> Own {
    let id = row.reblog_of_id.unwrap_or(row.id);
    Own {
        favourited: own.favourited.contains(&id),
        reblogged: own.reblogged.contains(&id),
        muted: own.muted_conversations.contains(&row.conversation_id),
        bookmarked: own.bookmarked.contains(&id),
        filtered: Vec::new(),
    }
}

/// The app that a status was posted with: only its author sees it.
fn application(app: &Value) -> Value {
    json!({ "name": app["name"], "website": app["website"] })
}
