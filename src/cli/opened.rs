//! The server's insides for a subcommand, whether a server runs beside it or not.

use std::future::Future;
use std::sync::Arc;

use tokio_postgres::NoTls;

use super::{Globals, logging};
use crate::app::App;
use crate::config::Overrides;
use crate::database::Database;
use crate::identity;

/// Opens the app, hands it to `work`, and closes what it opened: a private PostgreSQL stops unless others use it.
pub(super) async fn with_app<T, F>(globals: &Globals, work: impl FnOnce(Arc<App>) -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    let mut config = globals.configuration(Overrides::default())?;
    logging::start(logging::QUIET)?;
    let database = Database::open(&config).await?;
    let done = async {
        crate::server_tables::migrate(&database.config()).await?;
        if config.server.domain.is_none() {
            config.server.domain = recorded_domain(&database).await?;
        }
        identity::hold_to(&database.config(), &config.server.domain()).await?;
        let app = App::open(config, &database).await?;
        let done = work(app.clone()).await;
        app.close().await;
        done
    }
    .await;
    database.close().await?;
    done
}

/// The domain that the server was started with, for a command line that names none.
async fn recorded_domain(database: &Database) -> anyhow::Result<Option<String>> {
    let (client, connection) = database.config().connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    let recorded = identity::recorded(&client).await?;
    drop(client);
    connection.await??;
    Ok(recorded)
}
