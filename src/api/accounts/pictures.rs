//! Avatar and header: files made of uploads before the event that names them, and removed after the one that does not.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::delete;
use axum::{Extension, Json, Router};
use chronodon_domain::account::Changes;
use chronodon_domain::limits;
use chronodon_events::AccountId;
use chronodon_events::values::ImageFile;

use crate::api::auth::Authenticated;
use crate::api::entities::credentials::{self, CredentialAccount};
use crate::api::error::{ApiError, ApiResult};
use crate::api::params::{FileLimit, Files};
use crate::app::App;
use crate::commands::{By, CommandError};
use crate::media::{MediaError, Purpose};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/profile/avatar", delete(remove_avatar))
        .route("/api/v1/profile/header", delete(remove_header))
}

/// How many bytes a route takes of each picture.
pub(super) fn limit() -> Extension<FileLimit> {
    Extension(FileLimit { bytes: limits::AVATAR_BYTES_MAX as u64 })
}

async fn remove_avatar(State(app): State<Arc<App>>, auth: Authenticated) -> ApiResult<Json<CredentialAccount>> {
    remove(&app, &auth, Changes { avatar: Some(None), ..Changes::default() }).await
}

async fn remove_header(State(app): State<Arc<App>>, auth: Authenticated) -> ApiResult<Json<CredentialAccount>> {
    remove(&app, &auth, Changes { header: Some(None), ..Changes::default() }).await
}

async fn remove(app: &App, auth: &Authenticated, changes: Changes) -> ApiResult<Json<CredentialAccount>> {
    auth.require("write:accounts")?;
    change(app, auth.account_id, changes, &Files::default()).await?;
    credentials::own(app, auth.account_id).await.map(Json)
}

/// Changes a profile, its pictures to those of `files` where there are any.
pub(super) async fn change(app: &App, account: AccountId, mut changes: Changes, files: &Files) -> ApiResult<()> {
    let made = make(app, account, files).await?;
    changes.avatar = made[0].clone().map(Some).or(changes.avatar);
    changes.header = made[1].clone().map(Some).or(changes.header);
    let pictured = changes.avatar.is_some() || changes.header.is_some();
    let changed = app.commands.change_profile(By::account(account), account, changes).await;
    if let Err(CommandError::Refused(_)) = changed {
        delete_files(app, made.iter().flatten().flat_map(paths)).await;
    }
    changed?;
    if pictured {
        let former = app.commands.former_pictures(account).await?;
        delete_files(app, former.iter().flat_map(paths)).await;
    }
    Ok(())
}

/// Avatar and header. When one is at fault, neither stays.
async fn make(app: &App, account: AccountId, files: &Files) -> ApiResult<[Option<ImageFile>; 2]> {
    let mut made = [None, None];
    for (index, (field, purpose)) in [("avatar", Purpose::Avatar), ("header", Purpose::Header)].into_iter().enumerate()
    {
        let Some(upload) = files.get(field) else { continue };
        let Some(_place) = app.media.admit() else {
            return Err(ApiError::unavailable("Too many files are being processed; try again"));
        };
        match app.media.make(upload.path(), purpose, account.get()).await {
            Ok(stored) => {
                let description = String::new();
                made[index] = Some(ImageFile { path: stored.path, static_path: stored.preview_path, description });
            }
            Err(error) => {
                delete_files(app, made.iter().flatten().flat_map(paths)).await;
                return Err(refusal(field, error));
            }
        }
    }
    Ok(made)
}

fn refusal(field: &str, error: MediaError) -> ApiError {
    let field = if field == "avatar" { "Avatar" } else { "Header" };
    match error {
        MediaError::Unprocessable(fault) => ApiError::validation(format!("{field}: {fault}")),
        MediaError::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            ApiError::unavailable("There is no room for uploads at the moment")
        }
        MediaError::Io(error) => ApiError::internal(error),
    }
}

fn paths(file: &ImageFile) -> impl Iterator<Item = &str> {
    [Some(&*file.path), file.static_path.as_deref()].into_iter().flatten()
}

/// A file that cannot be removed now is so after the next change.
async fn delete_files(app: &App, paths: impl Iterator<Item = &str>) {
    for path in paths {
        if let Err(error) = app.media.store.delete(path).await {
            tracing::warn!(%error, path, "a former picture stays for now");
        }
    }
}
