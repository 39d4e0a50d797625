//! `chronodon serve`: from a configuration to a server that answers, and back down.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Exit, Globals, logging};
use crate::api::starting::{self, Progress};
use crate::app::App;
use crate::config::Overrides;
use crate::database::Database;
use crate::reactors::Work;
use crate::{identity, server_tables};

/// How long those are waited for who asked before the server was there.
const STARTING_GRACE: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct Command {
    /// Address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Domain in the names of this server's accounts; it can never be changed
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
}

pub(super) async fn run(globals: &Globals, command: Command) -> anyhow::Result<Exit> {
    let Command { listen, domain } = command;
    let config = globals.configuration(Overrides { listen, domain, ..Overrides::default() })?;
    logging::start(&config.log.level)?;
    for exception in config.federation.exceptions() {
        tracing::warn!("{exception}; this is for tests only");
    }
    let (listen, grace) = (config.server.listen, Duration::from_secs(config.server.shutdown_seconds));
    // Before the database: a port that is taken is the cheaper thing to find out.
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let shutdown = shutdown_at_signal()?;
    let starting = Starting::answer(&listener)?;
    let database = Database::open(&config).await?;
    database.supervise();
    let served = async {
        server_tables::migrate(&database.config()).await?;
        identity::hold_to(&database.config(), &config.server.domain()).await?;
        let app = App::open_slowly(config, &database, |at, head| starting.progress.tell(at, head)).await?;
        app.adopt_rules().await?;
        app.start_search();
        let router = crate::api::router(app.clone());
        tracing::info!(%listen, address = app.base_url, "serving");
        let work = Work::start(&app);
        tokio::spawn(end_streams(app.clone(), shutdown.clone()));
        starting.stop().await?;
        let served = serve(listener, router, shutdown, grace).await;
        work.stop().await;
        app.close().await;
        served
    }
    .await;
    database.close().await?;
    served.map(|()| Exit::Done)
}

/// Answers while the server starts, on the same port.
struct Starting {
    progress: Arc<Progress>,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Starting {
    fn answer(listener: &TcpListener) -> anyhow::Result<Self> {
        let listener = TcpListener::from_std(listener.as_fd().try_clone_to_owned()?.into())?;
        let (progress, stop) = (Arc::<Progress>::default(), CancellationToken::new());
        let server = axum::serve(listener, starting::router(progress.clone()));
        let serving = tokio::spawn(server.with_graceful_shutdown(stop.clone().cancelled_owned()).into_future());
        Ok(Self { progress, stop, serving })
    }

    /// Answers what has been asked, and closes its connections.
    async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        match tokio::time::timeout(STARTING_GRACE, &mut self.serving).await {
            Ok(stopped) => Ok(stopped??),
            // Somebody has begun a request and does not end it.
            Err(_) => {
                self.serving.abort();
                Ok(())
            }
        }
    }
}

/// Streams have no end of their own to wait for.
async fn end_streams(app: Arc<App>, shutdown: CancellationToken) {
    shutdown.cancelled().await;
    app.streaming.close();
}

/// Answers requests until `shutdown`, then gives those that run `grace` to finish.
async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    grace: Duration,
) -> anyhow::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut server => return Ok(ended??),
        () = shutdown.cancelled() => tracing::info!("shutting down"),
    }
    match tokio::time::timeout(grace, &mut server).await {
        Ok(ended) => ended??,
        Err(_) => {
            tracing::warn!(seconds = grace.as_secs(), "requests were still running; cutting them");
            server.abort();
        }
    }
    Ok(())
}

/// A token that SIGTERM or SIGINT cancels.
fn shutdown_at_signal() -> anyhow::Result<CancellationToken> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = CancellationToken::new();
    let shutdown = token.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        shutdown.cancel();
    });
    Ok(token)
}
