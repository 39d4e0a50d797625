//! `chronodon app`.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::app::App;
use crate::auth::apps::{self, OUT_OF_BAND, RegisteredApp, Registration};
use crate::auth::{scopes, tokens};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an app, and print its client id and secret
    Create(Create),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What the app calls itself
    name: String,
    /// Its public name [default: a random one]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Its secret [default: a random one]
    #[arg(long, value_name = "SECRET")]
    client_secret: Option<String>,
    /// What its tokens may do at most
    #[arg(long, default_value = "read write follow push")]
    scopes: String,
    /// Where codes may be sent; may be given several times [default: the code is shown to the person]
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Its website
    #[arg(long, value_name = "URL")]
    website: Option<String>,
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    let Command::Create(create) = command;
    let secret = create.client_secret.clone().unwrap_or_else(tokens::secret);
    let made = with_app(globals, async |app| make(&app, create, &secret).await).await?;
    let text = format!("client id: {}\nclient secret: {secret}", made.client_id);
    let value = json!({
        "id": made.id,
        "name": made.name,
        "website": made.website,
        "scopes": made.scopes,
        "redirect_uris": made.redirect_uris,
        "client_id": made.client_id,
        "client_secret": secret,
    });
    output.result(&value, text)?;
    Ok(Exit::Done)
}

async fn make(app: &App, create: Create, secret: &str) -> anyhow::Result<RegisteredApp> {
    let mut registration = Registration {
        name: create.name,
        website: create.website,
        redirect_uris: create.redirect_uris,
        scopes: scopes::parse(&create.scopes),
    };
    if registration.redirect_uris.is_empty() {
        registration.redirect_uris.push(OUT_OF_BAND.to_owned());
    }
    let made = app.register(registration, create.client_id, secret).await?;
    let Some(made) = made else { bail!("there is an app with this client id already") };
    Ok(made)
}

/// The app with this client id or name; registered when nothing has the name.
pub(super) async fn find_or_make(app: &App, name: &str) -> anyhow::Result<RegisteredApp> {
    if let Some(found) = apps::find(&app.server_tables, name).await? {
        return Ok(found);
    }
    if let Some(found) = apps::by_name(&app.server_tables, name).await? {
        return Ok(found);
    }
    let registration = Registration {
        name: name.to_owned(),
        website: None,
        redirect_uris: vec![OUT_OF_BAND.to_owned()],
        scopes: scopes::parse("read write follow push"),
    };
    let made = app.register(registration, None, &tokens::secret()).await?;
    Ok(made.expect("no other app has a random client id"))
}
