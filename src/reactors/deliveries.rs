//! Removes activities that have been sent to everybody, and what was learned of hosts long ago.

use crate::app::App;
use crate::clock;
use crate::federation::delivery::{hosts, queue};

pub(super) async fn run(app: &App) -> anyhow::Result<bool> {
    let (pool, now) = (&app.server_tables, clock::now());
    Ok(queue::sweep(pool, now).await? | hosts::sweep(pool, now).await?)
}
