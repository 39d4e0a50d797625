//! Removes activities that have been sent to everybody.

use crate::app::App;
use crate::clock;
use crate::federation::delivery::queue;

pub(super) async fn run(app: &App) -> anyhow::Result<bool> {
    queue::sweep(&app.server_tables, clock::now()).await
}
