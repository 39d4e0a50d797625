//! `chronodon account`.

mod moving;

use anyhow::{Context, anyhow};
use chronodon_domain::Refusal;
use chronodon_domain::account::Command as Change;
use chronodon_events::AccountId;
use chronodon_events::values::Role;
use chronodon_projections::core::accounts::{self, Account};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::app::App;
use crate::auth::accounts::Named;
use crate::auth::tokens;
use crate::commands::{By, CommandError, NewAccount};
use crate::config::RegistrationMode;

/// Characters of a password made here: 120 bits.
const PASSWORD_CHARS: usize = 20;
/// Accounts read at one time.
const LISTED_AT_ONCE: usize = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account; without --password, make a password too and print it
    Create(Create),
    /// List accounts, the newest first
    List {
        /// Only those that wait to be let in
        #[arg(long)]
        pending: bool,
        /// Most accounts
        #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
        limit: usize,
    },
    /// Show an account with its address
    Show {
        /// The account's username
        name: String,
    },
    /// Let a pending sign-up in
    Approve {
        /// The account's username
        name: String,
    },
    /// Say which accounts elsewhere this one is too: from those it may be moved to
    Alias {
        /// The account's username
        name: String,
        #[command(subcommand)]
        change: moving::Alias,
    },
    /// Delete an account for good, and all that it has here; other servers are told
    Delete {
        /// The account's username
        name: String,
        /// Yes, for good
        #[arg(long)]
        yes: bool,
    },
    /// Go on as another account, which must have this one as an alias, and take the followers along
    Move {
        /// The account's username
        name: String,
        /// A handle such as alice@new.example, or an actor's address
        target: String,
    },
    /// Refuse a pending sign-up: name and address are free again
    Reject {
        /// The account's username
        name: String,
    },
    /// Change what an account may do
    Role {
        /// The account's username
        name: String,
        /// User, Moderator, Admin or Owner
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Change a password and end all sessions; without --password, make one and print it
    Password {
        /// The account's username
        name: String,
        /// The new password
        #[arg(long)]
        password: Option<String>,
    },
    /// Shut an account out and hide it everywhere
    Suspend {
        /// The account's username
        name: String,
        /// Why, for the record
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let a suspended account back in
    Unsuspend {
        /// The account's username
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The account's username
    name: String,
    /// The address to sign in with
    #[arg(long)]
    email: String,
    /// The password [default: a random one, printed]
    #[arg(long)]
    password: Option<String>,
    /// User, Moderator, Admin or Owner
    #[arg(long, value_parser = role, default_value = "User")]
    role: Role,
    /// Let it in where sign-ups wait for approval
    #[arg(long)]
    approve: bool,
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    with_app(globals, async |app| act(&app, command, output).await).await
}

async fn act(app: &App, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    match command {
        Command::Alias { name, change } => moving::alias(app, &name, change, output).await,
        Command::Move { name, target } => moving::begin(app, &name, &target, output).await,
        Command::Create(create) => make(app, &create, output).await,
        Command::Delete { name, yes } => delete(app, &name, yes, output).await,
        Command::List { pending, limit } => list(app, pending, limit, output).await,
        Command::Password { name, password } => set_password(app, &name, password, output).await,
        Command::Reject { name } => {
            let row = find(app, &name).await?;
            app.reject_account(By::operator(), named(&row)).await.map_err(spoken)?;
            output.result(&json!({ "username": row.username }), format!("{} is refused", row.username))?;
            Ok(Exit::Done)
        }
        Command::Show { name } => show(app, &name, output).await,
        Command::Suspend { name, reason } => {
            let row = find(app, &name).await?;
            app.suspend_account(By::operator(), named(&row), reason).await.map_err(spoken)?;
            show(app, &name, output).await
        }
        Command::Approve { name } => change(app, &name, &Change::Approve, output).await,
        Command::Role { name, role } => change(app, &name, &Change::ChangeRole(role), output).await,
        Command::Unsuspend { name } => change(app, &name, &Change::Unsuspend, output).await,
    }
}

async fn delete(app: &App, name: &str, yes: bool, output: &mut Output) -> anyhow::Result<Exit> {
    let row = find(app, name).await?;
    anyhow::ensure!(yes, "{} and all that it has here would be gone for good; say --yes if so", row.username);
    app.delete_account(By::operator(), named(&row)).await.map_err(spoken)?;
    let text = format!("{} is hidden; the server deletes it and tells others", row.username);
    output.result(&json!({ "username": row.username }), text)?;
    Ok(Exit::Done)
}

async fn change(app: &App, name: &str, change: &Change, output: &mut Output) -> anyhow::Result<Exit> {
    let row = find(app, name).await?;
    app.commands.change_account(By::operator(), &row.username, change).await.map_err(spoken)?;
    show(app, name, output).await
}

/// The operator's accounts are confirmed, and wait for nobody but where it is meant so.
async fn make(app: &App, create: &Create, output: &mut Output) -> anyhow::Result<Exit> {
    let waits = app.config.registrations.mode == RegistrationMode::Approval && create.role == Role::User;
    let new = NewAccount {
        username: create.name.clone(),
        role: create.role,
        locale: app.config.instance.languages.first().cloned().unwrap_or_default(),
        approved: create.approve || !waits,
        confirmed: true,
        ..NewAccount::default()
    };
    let password = create.password.clone().unwrap_or_else(new_password);
    let made = app.sign_up(|_| By::operator(), new, &create.email, &password).await.map_err(spoken)?;
    let row = accounts::by_ids(&app.reader, &[made.get()]).await?.pop().context("the account is not there")?;
    let mut value = described(&row, Some(&create.email));
    let mut text = lines(&value);
    if create.password.is_none() {
        value["password"] = json!(password);
        text.push(format!("password   {password}"));
    }
    output.result(&value, text.join("\n"))?;
    Ok(Exit::Done)
}

async fn list(app: &App, pending: bool, limit: usize, output: &mut Output) -> anyhow::Result<Exit> {
    let mut listed: Vec<Account> = Vec::new();
    while listed.len() < limit {
        let (below, most) = (listed.last().map(|row| row.id), LISTED_AT_ONCE.min(limit - listed.len()));
        let page = accounts::listed(&app.reader, pending, below, most).await?;
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    let values: Vec<_> = listed.iter().map(|row| described(row, None)).collect();
    let line = |row: &Account| format!("{:<20}  {:<30}  {:<9}  {}", row.id, row.username, row.role, state(row));
    output.result(&values, listed.iter().map(line).collect::<Vec<_>>().join("\n"))?;
    Ok(Exit::Done)
}

async fn show(app: &App, name: &str, output: &mut Output) -> anyhow::Result<Exit> {
    let row = find(app, name).await?;
    let email = app.credentials.email_of(AccountId(row.id)).await?;
    let value = described(&row, email.as_deref());
    output.result(&value, lines(&value).join("\n"))?;
    Ok(Exit::Done)
}

async fn set_password(app: &App, name: &str, given: Option<String>, output: &mut Output) -> anyhow::Result<Exit> {
    let row = find(app, name).await?;
    let password = given.clone().unwrap_or_else(new_password);
    app.change_password(By::operator(), named(&row), &password).await.map_err(spoken)?;
    let mut value = json!({ "username": row.username });
    if given.is_none() {
        value["password"] = json!(password);
    }
    output.result(&value, if given.is_none() { password } else { "changed".to_owned() })?;
    Ok(Exit::Done)
}

async fn find(app: &App, name: &str) -> anyhow::Result<Account> {
    let found = accounts::by_handle(&app.reader, name.trim_start_matches('@'), None).await?;
    found.with_context(|| format!("there is no account {name} here"))
}

fn named(row: &Account) -> Named<'_> {
    Named { id: AccountId(row.id), username: &row.username }
}

fn described(row: &Account, email: Option<&str>) -> Value {
    let mut value = json!({
        "id": row.id.to_string(),
        "username": row.username,
        "role": row.role,
        "state": state(row),
        "approved": row.approved,
        "confirmed": row.confirmed,
        "suspended": row.suspended,
        "created_at": row.created_at,
        "locale": row.locale,
        "reason": row.reason,
        "statuses_count": row.statuses_count,
    });
    if let Some(email) = email {
        value["email"] = json!(email);
    }
    value
}

fn lines(value: &Value) -> Vec<String> {
    let names = ["username", "email", "role", "state", "id", "created_at", "reason"];
    let there = names.iter().filter_map(|name| Some((name, value[name].as_str()?)));
    there.map(|(name, text)| format!("{name:<10} {text}")).collect()
}

const fn state(row: &Account) -> &'static str {
    match row {
        Account { suspended: true, .. } => "suspended",
        Account { approved: false, .. } => "pending",
        Account { confirmed: false, .. } => "unconfirmed",
        _ => "active",
    }
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "there are the roles User, Moderator, Admin and Owner".to_owned())
}

fn new_password() -> String {
    tokens::secret().chars().take(PASSWORD_CHARS).collect()
}

/// A refusal names the value that it is about.
fn spoken(error: CommandError) -> anyhow::Error {
    match error {
        CommandError::Refused(Refusal::Invalid { field, message, .. }) => anyhow!("{field} {message}"),
        other => other.into(),
    }
}
