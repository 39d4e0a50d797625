//! The server under test. [`TestServer::finish`] proves that its read models are what the log says.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;

use chronodon::api::entities::kept::KeptEntities;
use chronodon::app::App;
use chronodon::auth::tokens::{self, NewToken};
use chronodon::commands::{By, NewAccount};
use chronodon::config::Config;
use chronodon::database::Database;
use chronodon::reactors::Work;
use chronodon_events::{AccountId, AppId, TokenId};
use chronodon_private_postgres::test::TestDatabase;
use chronodon_projections::Verdict;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Person;

/// A running server.
pub struct TestServer {
    pub app: Arc<App>,
    pub base: String,
    pub http: reqwest::Client,
    pub config: Config,
    serving: JoinHandle<std::io::Result<()>>,
    work: Option<Work>,
    _directory: Arc<tempfile::TempDir>,
    database: Arc<TestDatabase>,
}

impl TestServer {
    /// A server with rate limits off and open registrations.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A server whose configuration `change` has changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let database = Arc::new(chronodon_private_postgres::test::database().await);
        Self::start_on(database, Arc::new(tempfile::tempdir().unwrap()), change).await
    }

    /// Another process's server, as it were: on the same database and data directory.
    pub async fn second(&self) -> Self {
        let domain = self.config.server.domain.clone();
        let change = |config: &mut Config| config.server.domain = domain;
        Self::start_on(self.database.clone(), self._directory.clone(), change).await
    }

    async fn start_on(
        database: Arc<TestDatabase>,
        directory: Arc<tempfile::TempDir>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config::default();
        config.server.data_dir = directory.path().to_owned();
        config.server.listen = address;
        config.server.domain = Some(address.to_string());
        config.database.url = Some(database.url());
        config.database.pool_size = 4;
        config.rate_limits.enabled = false;
        config.registrations.mode = chronodon::config::RegistrationMode::Open;
        config.federation.allowed_private_networks = vec!["127.0.0.0/8".parse().unwrap()];
        change(&mut config);
        let opened = Database::open(&config).await.unwrap();
        let app = App::open(config.clone(), &opened).await.unwrap();
        app.adopt_rules().await.unwrap();
        app.start_search();
        let router = chronodon::api::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let work = Some(Work::start(&app));
        let serving = tokio::spawn(axum::serve(listener, router).into_future());
        let base = format!("http://{address}");
        Self { app, base, http: reqwest::Client::new(), config, serving, work, _directory: directory, database }
    }

    /// A person with an account and a token for everything.
    pub async fn with_user(&self, name: &str) -> Person {
        let id = self.app.commands.new_account_id();
        let new = NewAccount { username: name.to_owned(), approved: true, confirmed: true, ..NewAccount::default() };
        self.app.commands.register_account(By::operator(), id, new).await.unwrap();
        let token = self.token_for(Some(id), &["read", "write", "follow", "push"]).await;
        Person::new(self, id, token)
    }

    /// A token with these scopes, of an app made for it.
    pub async fn token_for(&self, account: Option<AccountId>, scopes: &[&str]) -> String {
        let secret = tokens::secret();
        let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let app_id = AppId(self.app.commands.new_account_id().get());
        let client = self.app.server_tables.get().await.unwrap();
        client
            .execute(
                "INSERT INTO server.apps (id, name, redirect_uris, scopes, client_id, client_secret_hash, created_at)
                 VALUES ($1, 'Tests', '{}', $2, $3, '', now())",
                &[&app_id.get(), &scopes, &secret],
            )
            .await
            .unwrap();
        let id = TokenId(app_id.get());
        let created_at = chronodon::clock::now();
        let token = NewToken { id, secret: &secret, app_id, account_id: account, scopes: &scopes, created_at };
        tokens::store(&self.app.server_tables, &token).await.unwrap();
        secret
    }

    /// Reacts no more, and keeps no schedules.
    pub async fn stop_work(&mut self) {
        if let Some(work) = self.work.take() {
            work.stop().await;
        }
    }

    /// Reacts again.
    pub fn start_work(&mut self) {
        self.work = Some(Work::start(&self.app));
    }

    /// Proves that the read models are what the log says, and stops.
    pub async fn finish(mut self) {
        match self.app.verify(None, |_, _| ()).await.unwrap() {
            Verdict::Equal { .. } => {}
            other => panic!("the read models are not what the log says: {other:#?}"),
        }
        self.stop_work().await;
        let stale = KeptEntities::stale(&self.app).await.unwrap();
        assert!(stale.is_empty(), "kept in memory, and not what the tables say: {stale:#?}");
        self.serving.abort();
        self.app.close().await;
    }
}
