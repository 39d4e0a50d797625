//! `chronodon emoji`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use chronodon_domain::text::is_shortcode;
use chronodon_events::custom_emoji::CustomEmojiAdded;
use chronodon_events::values::ImageFile;
use chronodon_projections::core::custom_emojis;
use clap::Subcommand;
use serde_json::{Value, json};

use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::api::entities::custom_emojis::render;
use crate::app::App;
use crate::commands::By;
use crate::media::Purpose;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add an emoji, or give it another picture
    Add {
        /// Its name, without colons
        shortcode: String,
        /// A picture: PNG, GIF, WebP or JPEG, at most 256 KiB
        file: PathBuf,
        /// The heading it stands under in apps
        #[arg(long, value_name = "NAME")]
        category: Option<String>,
        /// Do not offer it in apps; who knows its name can use it
        #[arg(long)]
        hidden: bool,
    },
    /// List the emojis
    List,
    /// Remove an emoji
    Remove {
        /// Its name, without colons
        shortcode: String,
    },
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    match command {
        Command::Add { shortcode, file, category, hidden } => {
            let new = CustomEmojiAdded {
                shortcode: shortcode.trim_matches(':').to_owned(),
                image: ImageFile::default(),
                category,
                visible_in_picker: !hidden,
            };
            anyhow::ensure!(is_shortcode(&new.shortcode), "a name is 2 to 128 letters, digits and underscores");
            let url = with_app(globals, async |app| add(&app, new, &file).await).await?;
            output.result(&json!({ "shortcode": shortcode, "url": url }), url)?;
        }
        Command::List => {
            let listed = with_app(globals, async |app| list(&app).await).await?;
            let lines: Vec<_> = listed.iter().map(line).collect();
            output.result(&listed, lines.join("\n"))?;
        }
        Command::Remove { shortcode } => {
            with_app(globals, async |app| remove(&app, shortcode.trim_matches(':')).await).await?;
            output.result(&json!({}), "removed")?;
        }
    }
    Ok(Exit::Done)
}

/// The picture is stored before the event that names it, and the one it replaces goes after.
async fn add(app: &App, mut emoji: CustomEmojiAdded, file: &Path) -> anyhow::Result<String> {
    let owner = app.commands.new_emoji_file_id();
    let made = app.media.make(file, Purpose::Emoji, owner).await;
    let stored = made.with_context(|| format!("cannot take {}", file.display()))?;
    emoji.image = ImageFile { path: stored.path, static_path: stored.preview_path, description: String::new() };
    let url = app.media_url(&emoji.image.path);
    match app.commands.add_custom_emoji(By::operator(), emoji.clone()).await {
        Ok(before) => {
            delete_picture(app, before).await?;
            Ok(url)
        }
        Err(error) => {
            delete_picture(app, Some(emoji)).await?;
            Err(error.into())
        }
    }
}

async fn remove(app: &App, shortcode: &str) -> anyhow::Result<()> {
    let removed = app.commands.remove_custom_emoji(By::operator(), shortcode).await;
    delete_picture(app, removed.with_context(|| format!("there is no emoji {shortcode}"))?).await
}

async fn delete_picture(app: &App, emoji: Option<CustomEmojiAdded>) -> anyhow::Result<()> {
    let Some(CustomEmojiAdded { image, .. }) = emoji else { return Ok(()) };
    for path in [Some(image.path), image.static_path].into_iter().flatten() {
        app.media.store.delete(&path).await?;
    }
    Ok(())
}

async fn list(app: &App) -> anyhow::Result<Vec<Value>> {
    let rows = custom_emojis::all(&app.reader).await?;
    rows.iter().map(|row| Ok(serde_json::to_value(render(app, row))?)).collect()
}

fn line(emoji: &Value) -> String {
    let text = |name: &str| emoji[name].as_str().unwrap_or_default().to_owned();
    format!(":{}:  {}  {}", text("shortcode"), text("category"), text("url"))
}
