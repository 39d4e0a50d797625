//! Looking at the head for what other processes appended. Our own appender tells by itself.

use std::time::Duration;

use chronodon_events::Position;
use tokio::sync::watch;
use tokio_postgres::Config;

use super::connection::Shared;
use super::{advance, reader};

/// Looks at the head every `interval` while somebody follows the log. A failure is no news: whoever reads meets it.
pub(super) async fn watch(config: Config, interval: Duration, head: watch::Sender<Position>) {
    let database = Shared::new(config);
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if head.receiver_count() > 0
            && let Ok(position) = reader::head(&database).await
        {
            advance(&head, position);
        }
    }
}
