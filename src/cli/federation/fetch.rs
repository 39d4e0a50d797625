//! `chronodon federation fetch`.

use chronodon_activitypub::actor::Actor;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::uri::Uri;
use chronodon_activitypub::webfinger::Handle;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts;
use clap::Args;
use serde_json::{Value, json};

use super::{Exit, Globals, Output};
use crate::app::App;
use crate::cli::opened::with_app;
use crate::federation::accounts::{describe, handle_of};
use crate::federation::resolve::{self, Budget, Found};
use crate::federation::statuses::{self, Author, Taken};

#[derive(Debug, Args)]
pub(in crate::cli) struct Fetch {
    /// An address, or a handle such as user@example.org
    what: String,
    /// Store nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(globals: &Globals, fetch: Fetch, output: &mut Output) -> anyhow::Result<Exit> {
    let shown = with_app(globals, async |app| {
        let mut shown = look(&app, &fetch.what).await?;
        if !fetch.dry_run {
            shown["id"] = json!(take(&app, &fetch.what).await?.to_string());
        }
        Ok(shown)
    })
    .await?;
    output.result(&shown, serde_json::to_string_pretty(&shown)?)?;
    Ok(Exit::Done)
}

/// What would be kept. Follows nothing further, so it stores nothing.
async fn look(app: &App, what: &str) -> anyhow::Result<Value> {
    let rules = app.egress.rules();
    let uri = match Uri::parse(what, rules) {
        Ok(uri) => uri,
        Err(error) => {
            let handle =
                Handle::parse(what, rules).ok_or_else(|| anyhow::anyhow!("no address and no handle: {error}"))?;
            resolve::look_up(app, &handle).await?.1
        }
    };
    let document = resolve::document(app, &uri).await?;
    if let Ok(actor) = Actor::read(&document.value, rules) {
        let handle = handle_of(app, &actor).await?;
        return Ok(json!({ "account": describe(&actor, &handle) }));
    }
    let object = Object::read(&document.value, rules)?;
    let author = author(app, &object.attributed_to).await?;
    let received = statuses::read(app, &author, &object, Taken::Created, &Budget::nothing()).await?;
    Ok(json!({ "status": received }))
}

async fn author(app: &App, uri: &Uri) -> anyhow::Result<Author> {
    if let Some(known) = accounts::remote::by_uri(&app.reader, uri.as_str()).await? {
        return Ok(Author::of(&known));
    }
    let actor = Actor::read(&resolve::document(app, uri).await?.value, app.egress.rules())?;
    let followers = actor.followers.as_ref().map(ToString::to_string);
    Ok(Author { id: AccountId(0), uri: actor.id.to_string(), followers })
}

async fn take(app: &App, what: &str) -> anyhow::Result<i64> {
    let Ok(uri) = Uri::parse(what, app.egress.rules()) else {
        return Ok(resolve::handle(app, what).await?.id);
    };
    Ok(match resolve::any(app, &uri, &Budget::default()).await? {
        Found::Account(account) => account.id,
        Found::Status(status) => status.id,
    })
}
