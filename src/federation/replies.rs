//! Completes threads: walks the collections in which a status's server names the replies to it, and those of the replies
//! in turn, and takes in what is not known yet. Each reply is fetched from its own server.
//!
//! Whoever runs a server decides what is in its collections, so posts, pages and time are bounded for the whole walk.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use chronodon_activitypub::collection::Collection;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::limits;
use chronodon_events::StatusId;
use chronodon_projections::core::statuses as rows;

use super::own;
use super::resolve::{self, Budget, ResolveError};
use crate::app::App;

/// How long one walk may take; what it has found by then stays.
const WALK: Duration = Duration::from_secs(120);

/// Takes in the replies to a status of another server.
///
/// # Errors
/// When the database or the log cannot be reached.
pub async fn fetch(app: &App, status_id: StatusId) -> anyhow::Result<()> {
    let Some(row) = rows::by_ids(&app.reader, &[status_id.get()]).await?.pop() else { return Ok(()) };
    let Some(uri) = row.uri.and_then(|uri| Uri::parse(&uri, app.egress.rules()).ok()) else { return Ok(()) };
    let mut walk = Walk::new(app);
    let walked = tokio::time::timeout(WALK, walk.from(uri)).await;
    walked.map_or(Ok(()), super::refresh::settled)
}

struct Walk<'a> {
    app: &'a App,
    /// Posts whose replies are still to be looked for.
    waiting: VecDeque<Uri>,
    /// Posts and pages that were met.
    met: HashSet<String>,
    posts: usize,
    pages: usize,
}

impl<'a> Walk<'a> {
    fn new(app: &'a App) -> Self {
        Self { app, waiting: VecDeque::new(), met: HashSet::new(), posts: 0, pages: 0 }
    }

    /// A fault ends the walk; what is not there, or is not to be believed, is passed by.
    async fn from(&mut self, uri: Uri) -> Result<(), ResolveError> {
        self.met.insert(uri.to_string());
        self.waiting.push_back(uri);
        while let Some(uri) = self.waiting.pop_front() {
            match self.look_at(&uri).await {
                Err(error) if error.is_fault() => return Err(error),
                Ok(()) | Err(_) => {}
            }
            if self.is_done() {
                break;
            }
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.posts >= limits::REPLIES_FETCHED_MAX || self.pages >= limits::REPLY_PAGES_MAX
    }

    async fn look_at(&mut self, uri: &Uri) -> Result<(), ResolveError> {
        let document = resolve::document(self.app, uri).await?;
        let object = Object::read(&document.value, self.app.egress.rules())?;
        let context = object.context.as_deref().and_then(|text| Uri::parse(text, self.app.egress.rules()).ok());
        let collections = object.replies.into_iter().chain(context.map(Reference::Id));
        for collection in collections {
            match self.collection(uri, collection).await {
                Err(error) if error.is_fault() => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// All pages of a collection on the server of `home`.
    async fn collection(&mut self, home: &Uri, collection: Reference) -> Result<(), ResolveError> {
        let mut next = Some(collection);
        for _ in 0..limits::COLLECTION_PAGES_MAX {
            let Some(page) = next.take().filter(|_| !self.is_done()) else { break };
            let Some(page) = self.page(home, page).await? else { return Ok(()) };
            for item in page.items.iter().filter_map(Reference::id) {
                self.reply(item).await?;
            }
            next = page.first.or(page.next);
        }
        Ok(())
    }

    async fn page(&mut self, home: &Uri, page: Reference) -> Result<Option<Collection>, ResolveError> {
        let rules = self.app.egress.rules();
        let uri = match page {
            Reference::Embedded { value, .. } => return Ok(Some(Collection::read(&value, rules)?)),
            Reference::Id(uri) => uri,
        };
        if uri.origin() != home.origin() || !self.met.insert(uri.to_string()) {
            return Ok(None);
        }
        self.pages += 1;
        let document = resolve::document(self.app, &uri).await?;
        Ok(Some(Collection::read(&document.value, rules)?))
    }

    async fn reply(&mut self, uri: &Uri) -> Result<(), ResolveError> {
        if self.is_done() || own::read(self.app, uri).is_some() || !self.met.insert(uri.to_string()) {
            return Ok(());
        }
        self.posts += 1;
        match resolve::status(self.app, uri, &Budget::default()).await {
            Ok(_) => self.waiting.push_back(uri.clone()),
            Err(error) if error.is_fault() => return Err(error),
            Err(_) => {}
        }
        Ok(())
    }
}
