//! `chronodon token`.

use anyhow::{Context, bail};
use chronodon_events::{AccountId, TokenId};
use chronodon_projections::core::accounts;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::app::find_or_make;
use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::app::App;
use crate::auth::tokens::{self, NewToken, StoredToken};
use crate::auth::{apps, scopes};
use crate::clock;
use crate::commands::By;

/// The app of tokens made here, when none is named.
const OWN_APP: &str = "Command line";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token that acts for an account, and print it
    Create(Create),
    /// List an account's tokens, without their secrets
    List {
        /// The account's username
        name: String,
    },
    /// End a token
    Revoke {
        /// The token, or its id as `token list` shows it
        token: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The account's username
    name: String,
    /// What the token may do
    #[arg(long, default_value = "read")]
    scopes: String,
    /// Client id or name of its app; registered when there is none of that name
    #[arg(long, value_name = "APP", default_value = OWN_APP)]
    app: String,
    /// The token itself [default: a random one]
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    match command {
        Command::Create(create) => {
            let secret = create.token.clone().unwrap_or_else(tokens::secret);
            let value = with_app(globals, async |app| make(&app, &create, &secret).await).await?;
            output.result(&value, &secret)?;
        }
        Command::List { name } => {
            let listed = with_app(globals, async |app| list(&app, &name).await).await?;
            let lines: Vec<_> = listed.iter().map(line).collect();
            output.result(&listed, lines.join("\n"))?;
        }
        Command::Revoke { token } => {
            with_app(globals, async |app| revoke(&app, &token).await).await?;
            output.result(&json!({}), "revoked")?;
        }
    }
    Ok(Exit::Done)
}

async fn make(app: &App, create: &Create, secret: &str) -> anyhow::Result<Value> {
    let scopes = scopes::parse(&create.scopes);
    if let Some(unknown) = scopes.iter().find(|scope| !scopes::KNOWN.contains(&scope.as_str())) {
        bail!("there is no scope {unknown}; there are: {}", scopes::KNOWN.join(" "));
    }
    if scopes.is_empty() || secret.trim().is_empty() {
        bail!("a token needs a scope and characters of its own");
    }
    let account = account(app, &create.name).await?;
    if tokens::find(&app.server_tables, secret).await?.is_some() {
        bail!("there is such a token already");
    }
    let made_for = find_or_make(app, &create.app).await?;
    app.commands.authorize_app(By::operator(), account, &made_for, &scopes).await?;
    let (id, created_at) = (app.commands.new_token_id(), clock::now());
    let account_id = Some(account);
    let token = NewToken { id, secret, app_id: made_for.id, account_id, scopes: &scopes, created_at };
    tokens::store(&app.server_tables, &token).await?;
    Ok(json!({ "access_token": secret, "id": id, "app": made_for.name, "scope": scopes.join(" ") }))
}

async fn list(app: &App, name: &str) -> anyhow::Result<Vec<Value>> {
    let mut listed = Vec::new();
    for token in tokens::of_account(&app.server_tables, account(app, name).await?).await? {
        let made_for = apps::by_id(&app.server_tables, token.app_id).await?;
        listed.push(json!({
            "id": token.id,
            "app": made_for.map(|app| app.name),
            "scope": token.scopes.join(" "),
            "created_at": token.created_at,
        }));
    }
    Ok(listed)
}

fn line(token: &Value) -> String {
    let text = |name: &str| token[name].as_str().unwrap_or_default().to_owned();
    format!("{}  {}  {}  {}", text("id"), text("created_at"), text("app"), text("scope"))
}

async fn revoke(app: &App, named: &str) -> anyhow::Result<()> {
    let token = find(app, named).await?.context("there is no such token")?;
    Ok(app.revoke_token(By::operator(), &token).await?)
}

async fn find(app: &App, named: &str) -> anyhow::Result<Option<StoredToken>> {
    if let Some(found) = tokens::find(&app.server_tables, named).await? {
        return Ok(Some(found));
    }
    let Ok(id) = named.parse::<TokenId>() else { return Ok(None) };
    Ok(tokens::by_id(&app.server_tables, id).await?)
}

async fn account(app: &App, name: &str) -> anyhow::Result<AccountId> {
    let lower = name.trim_start_matches('@').to_lowercase();
    let found = accounts::id_of_local_username(&app.reader, &lower).await?;
    found.with_context(|| format!("there is no account {name} here"))
}
