//! Files of other servers over HTTP: `GET /media_proxy/…`, fetched when somebody looks at them, kept while there is room.
//!
//! Only an address that this server has signed is answered, and only while what it belongs to is here and its server is
//! one whose files are shown. A file is fetched once, however many ask; who goes away meanwhile does not stop the fetch.
//! What a file is, its content says (see [`RemoteType`](crate::media::RemoteType)), never the server that it came from.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::limits;
use chronodon_projections::core::media;
use moka::future::Cache;
use tokio::fs::File;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::clock;
use crate::media::proxy::RemoteFile;
use crate::media::{RemoteCopy, RemoteFiles, Store, serve};

/// Like those of our own files; and what is opened as a page of its own is of no origin.
const POLICY: &str = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
/// Servers do put another file under an address, so a browser asks again after a week.
const A_WEEK: &str = "public, max-age=604800, immutable";
/// How long it is remembered that a file could not be had.
const MISSING_FOR: Duration = Duration::from_secs(60);
/// What clients are told to wait for.
const RETRY_AFTER_SECONDS: &str = "60";

/// The copies, and the fetches under way.
pub struct MediaProxy {
    /// The copies.
    pub files: RemoteFiles,
    fetches: Cache<(i64, String), Outcome>,
    fetching: Semaphore,
    waiting: Arc<Semaphore>,
}

/// How a fetch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Kept,
    Missing(Missing),
}

/// Why a file is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// There is none, or none that is shown.
    Absent,
    /// There may be one later.
    Later,
}

impl MediaProxy {
    /// With copies of about so many bytes at most.
    ///
    /// # Errors
    /// When their directory cannot be made.
    pub fn open(store: &Store, bytes_max: u64) -> io::Result<Self> {
        let remembered = limits::REMOTE_FILES_REMEMBERED_MAX;
        Ok(Self {
            files: RemoteFiles::open(store, bytes_max)?,
            fetches: Cache::builder().max_capacity(remembered).time_to_live(MISSING_FOR).build(),
            fetching: Semaphore::new(limits::REMOTE_FILES_FETCHED_MAX),
            waiting: Arc::new(Semaphore::new(limits::REMOTE_FILES_AWAITED_MAX)),
        })
    }
}

/// The route.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/media_proxy/{owner}/{mac}/{url}", get(show))
}

async fn show(State(app): State<Arc<App>>, Path(asked): Path<[String; 3]>, headers: HeaderMap) -> Response<Body> {
    let mut response = match copy(&app, asked).await {
        Ok(copy) => {
            let kept = serve::Kept { tag: &copy.tag, kind: copy.file_type.mime_type, cache: A_WEEK };
            serve::answer(File::from_std(copy.file), &kept, &headers).await
        }
        Err(Missing::Absent) => serve::empty(StatusCode::NOT_FOUND),
        Err(Missing::Later) => {
            let mut response = serve::empty(StatusCode::SERVICE_UNAVAILABLE);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            response
        }
    };
    serve::disarm(&mut response);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

async fn copy(app: &Arc<App>, [owner, mac, url]: [String; 3]) -> Result<RemoteCopy, Missing> {
    // What says that it is older than 1970 has a number below nought, and no copies.
    let owner = owner.parse().ok().filter(|owner| *owner >= 0).ok_or(Missing::Absent)?;
    let file = app.proxied.read(owner, &mac, &url).ok_or(Missing::Absent)?;
    let uri = Uri::parse(&file.url, app.egress.rules()).map_err(|_| Missing::Absent)?;
    if !is_shown(app, &file, &uri).await? {
        return Err(Missing::Absent);
    }
    if let Some(copy) = kept(app, &file).await? {
        return Ok(copy);
    }
    let permit = app.media_proxy.waiting.clone().try_acquire_owned().map_err(|_| Missing::Later)?;
    let (in_task, asked) = (app.clone(), file.clone());
    let fetch = tokio::spawn(async move {
        let _permit = permit;
        let (fetches, key) = (&in_task.media_proxy.fetches, (asked.owner, asked.url.clone()));
        let outcome = fetches.get_with(key.clone(), fetch(&in_task, &asked, &uri)).await;
        // From here on the copy says it; and when that goes, it is fetched again.
        if outcome == Outcome::Kept {
            fetches.invalidate(&key).await;
        }
        outcome
    });
    match fetch.await.unwrap_or(Outcome::Missing(Missing::Later)) {
        Outcome::Kept => kept(app, &file).await?.ok_or(Missing::Later),
        Outcome::Missing(missing) => Err(missing),
    }
}

/// Whether what it belongs to is here, and no policy is against its server or that of its owner.
async fn is_shown(app: &App, file: &RemoteFile, uri: &Uri) -> Result<bool, Missing> {
    let owner = media::domain_of_owner(&app.reader, file.owner).await;
    let Some(domain) = owner.map_err(|error| fault("the owner of a file cannot be found", &error))? else {
        return Ok(false);
    };
    let without_port = domain.rsplit_once(':').map_or(domain.as_str(), |(name, _)| name);
    let hosts = [domain.as_str(), without_port, uri.authority(), uri.host()].map(|host| app.policies.of(host));
    let refused = hosts.iter().any(|policy| policy.is_suspended() || policy.reject_media);
    let let_in = !app.config.federation.limited || hosts[..2].iter().any(|policy| policy.allowed);
    Ok(let_in && !refused)
}

async fn kept(app: &App, file: &RemoteFile) -> Result<Option<RemoteCopy>, Missing> {
    let found = app.media_proxy.files.find(file.owner, &file.url, SystemTime::from(clock::now())).await;
    found.map_err(|error| fault("a copy cannot be read", &error))
}

async fn fetch(app: &App, file: &RemoteFile, uri: &Uri) -> Outcome {
    let fetched = match kept(app, file).await {
        // Somebody was quicker.
        Ok(Some(_)) => Ok(()),
        Ok(None) => fetch_anew(app, file, uri).await,
        Err(missing) => Err(missing),
    };
    fetched.map_or_else(Outcome::Missing, |()| Outcome::Kept)
}

async fn fetch_anew(app: &App, file: &RemoteFile, uri: &Uri) -> Result<(), Missing> {
    let (proxy, wait) = (&app.media_proxy, Duration::from_secs(limits::FETCH_WAIT_SECONDS_MAX));
    let Ok(Ok(_turn)) = tokio::time::timeout(wait, proxy.fetching.acquire()).await else {
        return Err(Missing::Later);
    };
    let unwritten = |error: io::Error| fault("a copy cannot be written", &error);
    let mut arriving = proxy.files.begin().await.map_err(unwritten)?;
    if let Err(error) = app.egress.get_file(uri, limits::VIDEO_BYTES_MAX as u64, &mut arriving).await {
        tracing::debug!(host = uri.authority(), %error, "a file of another server cannot be had");
        let for_good = error.is_final() || arriving.is_refused();
        return Err(if for_good { Missing::Absent } else { Missing::Later });
    }
    let arrived = arriving.finish().await.map_err(unwritten)?.ok_or(Missing::Absent)?;
    proxy.files.keep(file.owner, &file.url, arrived).await.map_err(unwritten)?;
    if is_shown(app, file, uri).await? {
        return Ok(());
    }
    // What it belongs to went while it came.
    proxy.files.delete_owner(file.owner).await.map_err(unwritten)?;
    Err(Missing::Absent)
}

fn fault(what: &'static str, error: &dyn std::error::Error) -> Missing {
    tracing::error!(%error, "{what}");
    Missing::Later
}
