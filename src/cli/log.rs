//! `chronodon log`.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use chronodon_event_log::{Body, Recorded, StreamName};
use chronodon_events::Position;
use clap::Subcommand;
use serde_json::{Value, json};

use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::app::App;

/// Events read at once.
const PAGE: usize = 1_000;
/// Events of one stream that are shown.
const STREAM_MAX: usize = 10_000;
/// Between two looks at the log's end.
const FOLLOW_MS: u64 = 200;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the newest events
    Tail {
        /// How many
        #[arg(short = 'n', long, default_value_t = 20)]
        lines: u64,
        /// Go on printing until interrupted
        #[arg(short, long)]
        follow: bool,
        /// Print what happened too, not only that it did
        #[arg(long)]
        content: bool,
    },
    /// Count the events by type
    Stats,
    /// Print the history of one stream, such as status-115596263541702656
    Show {
        /// The stream's name, as `tail` prints it
        stream: String,
    },
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    with_app(globals, async |app| match command {
        Command::Tail { lines, follow, content } => tail(&app, lines, follow, content, output).await,
        Command::Stats => stats(&app, output).await,
        Command::Show { stream } => show(&app, &stream, output).await,
    })
    .await
}

async fn tail(app: &App, lines: u64, follow: bool, content: bool, output: &mut Output) -> anyhow::Result<Exit> {
    let mut after = Position(app.head().await?.0.saturating_sub(lines));
    loop {
        let page = app.history(after, PAGE).await?;
        for event in &page {
            output.result(&as_json(event, content), as_text(event, content))?;
            after = event.position;
        }
        if !page.is_empty() {
            continue;
        }
        if !follow {
            return Ok(Exit::Done);
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(FOLLOW_MS)) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
        }
    }
}

async fn stats(app: &App, output: &mut Output) -> anyhow::Result<Exit> {
    let (mut types, mut erased, mut after) = (BTreeMap::<String, u64>::new(), 0_u64, Position::START);
    loop {
        let page = app.history(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for event in &page {
            *types.entry(type_of(event)).or_default() += 1;
            erased += u64::from(matches!(event.body, Body::Erased(_)));
        }
    }
    let events: u64 = types.values().sum();
    let mut text: Vec<_> = types.iter().map(|(name, count)| format!("{count:>12}  {name}")).collect();
    text.push(format!("{events:>12}  events, {erased} of them erased; the head is at position {after}"));
    output.result(&json!({ "events": events, "erased": erased, "head": after, "types": types }), text.join("\n"))?;
    Ok(Exit::Done)
}

async fn show(app: &App, stream: &str, output: &mut Output) -> anyhow::Result<Exit> {
    let name = StreamName::new(stream).with_context(|| format!("{stream:?} is not a stream's name"))?;
    let events = app.stream_history(&name, STREAM_MAX).await?;
    anyhow::ensure!(!events.is_empty(), "the stream {stream} has no events");
    for event in &events {
        output.result(&as_json(event, true), as_text(event, true))?;
    }
    Ok(Exit::Done)
}

fn type_of(event: &Recorded) -> String {
    match &event.body {
        Body::Event(body) => body.event_type().name.to_owned(),
        Body::Erased(name) | Body::Unreadable { event_type: name, .. } => name.clone(),
    }
}

/// What happened: null when it was erased.
fn content_of(event: &Recorded) -> Value {
    match &event.body {
        Body::Event(body) => serde_json::from_slice(&body.to_json()).unwrap_or_default(),
        Body::Erased(_) => Value::Null,
        Body::Unreadable { reason, .. } => json!({ "unreadable": reason }),
    }
}

fn as_json(event: &Recorded, content: bool) -> Value {
    let mut value = json!({
        "position": event.position,
        "stream": event.stream.to_string(),
        "version": event.version,
        "id": event.id,
        "type": type_of(event),
        "recorded_at": event.recorded_at,
        "meta": event.meta,
        "erased": matches!(event.body, Body::Erased(_)),
    });
    if content {
        value["content"] = content_of(event);
    }
    value
}

fn as_text(event: &Recorded, content: bool) -> String {
    let erased = if matches!(event.body, Body::Erased(_)) { "  (erased)" } else { "" };
    let head = format!(
        "{:>10}  {}  {:<32}  {}#{}{erased}",
        event.position,
        event.recorded_at,
        type_of(event),
        event.stream,
        event.version.0
    );
    if content { format!("{head}\n            {}", content_of(event)) } else { head }
}
