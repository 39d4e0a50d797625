//! The pictures of a profile: our own files, or those of another server by way of this one.

use chronodon_events::remote::{RemoteActor, RemotePicture};
use chronodon_events::values::ImageFile;
use chronodon_projections::core::accounts::Account as Row;

use super::{AVATAR_MISSING, HEADER_MISSING, picture, still};
use crate::app::App;

/// Both pictures of a profile.
pub(super) struct Pictures {
    pub(super) avatar: Shown,
    pub(super) header: Shown,
}

/// A picture as addresses.
pub(super) struct Shown {
    pub(super) moving: String,
    pub(super) still: String,
    pub(super) description: String,
}

impl Pictures {
    /// Of a suspended account: the default ones.
    pub(super) fn of(app: &App, row: &Row, remote: Option<&RemoteActor>) -> Self {
        let own = |column: Option<&serde_json::Value>| picture(column).filter(|_| !row.suspended);
        match remote {
            Some(actor) => Self {
                avatar: elsewhere(app, row, actor.avatar.as_ref(), AVATAR_MISSING),
                header: elsewhere(app, row, actor.header.as_ref(), HEADER_MISSING),
            },
            None => Self {
                avatar: here(app, own(row.avatar.as_ref()), AVATAR_MISSING),
                header: here(app, own(row.header.as_ref()), HEADER_MISSING),
            },
        }
    }
}

fn here(app: &App, file: Option<ImageFile>, default: &str) -> Shown {
    match file {
        Some(file) => Shown {
            moving: app.media_url(&file.path),
            still: app.media_url(still(&file)),
            description: file.description,
        },
        None => missing(app, default),
    }
}

fn elsewhere(app: &App, row: &Row, picture: Option<&RemotePicture>, default: &str) -> Shown {
    match picture {
        Some(picture) => {
            let address = app.proxied.address(row.id, &picture.url);
            Shown { moving: address.clone(), still: address, description: picture.description.clone() }
        }
        None => missing(app, default),
    }
}

fn missing(app: &App, default: &str) -> Shown {
    Shown { moving: app.url(default), still: app.url(default), description: String::new() }
}
