//! Lets go of the keys of accounts that are gone, once others have been told.

use crate::app::App;

pub(super) async fn run(app: &App) -> anyhow::Result<bool> {
    crate::federation::departures::settle(app).await
}
