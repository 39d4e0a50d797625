//! A local account as an actor.

use chronodon_events::AccountId;
use chronodon_events::remote::ActorKind;
use chronodon_projections::core::accounts::{self, Account as Row};
use serde_json::{Value, json};

use super::{addresses, emoji, media};
use crate::api::entities::accounts::{self as entities, AccountField, picture};
use crate::api::error::{ApiError, ApiResult};
use crate::api::time::{iso8601, midnight};
use crate::app::App;

/// The document of a local account, without `@context`. Of a suspended one only the shell is shown, and that it is suspended. Its key is
/// made if it has none yet.
///
/// # Errors
/// When the database cannot be read, or the account's key was destroyed.
pub async fn actor(app: &App, row: &Row) -> ApiResult<Value> {
    let uri = addresses::actor(app, &row.username);
    let key = app.keys.of(AccountId(row.id), &uri).await.map_err(ApiError::internal)?;
    let shown = entities::one(app, row.id).await?;
    let mut document = json!({
        "id": uri,
        "type": kind(row),
        "webfinger": format!("{}@{}", row.username, app.domain),
        "following": format!("{uri}/following"),
        "followers": addresses::followers(app, &row.username),
        "inbox": format!("{uri}/inbox"),
        "outbox": format!("{uri}/outbox"),
        "featured": format!("{uri}/collections/featured"),
        "featuredTags": format!("{uri}/collections/tags"),
        "preferredUsername": row.username,
        "name": shown.display_name,
        "summary": shown.note,
        "url": shown.url,
        "manuallyApprovesFollowers": row.locked,
        "discoverable": row.discoverable,
        "indexable": row.indexable,
        "published": iso8601(midnight(row.created_at)),
        "memorial": false,
        "publicKey": public_key(&key.key_id, &uri, &key.public_pem),
        "tag": shown.emojis.iter().map(|named| emoji::tag(app, named)).collect::<Vec<_>>(),
        "attachment": shown.fields.iter().map(property).collect::<Vec<_>>(),
        "endpoints": { "sharedInbox": addresses::shared_inbox(app) },
    });
    if row.suspended {
        document["suspended"] = true.into();
    } else {
        for (name, column) in [("icon", &row.avatar), ("image", &row.header)] {
            if let Some(file) = picture(column.as_ref()) {
                document[name] = media::image(app, &file);
            }
        }
        move_on(app, row, &mut document).await?;
    }
    Ok(document)
}

/// A key as documents show it.
pub(super) fn public_key(id: &str, owner: &str, pem: &str) -> Value {
    json!({ "id": id, "owner": owner, "publicKeyPem": pem })
}

fn kind(row: &Row) -> &'static str {
    if row.bot {
        return "Service";
    }
    let of_kind = |kind: ActorKind| kind.as_str() == row.kind;
    if of_kind(ActorKind::Group) { "Group" } else { "Person" }
}

fn property(field: &AccountField) -> Value {
    json!({ "type": "PropertyValue", "name": field.name, "value": field.value })
}

/// Who else it is, and who it has become.
async fn move_on(app: &App, row: &Row, document: &mut Value) -> ApiResult<()> {
    if row.also_known_as.as_array().is_some_and(|names| !names.is_empty()) {
        document["alsoKnownAs"] = row.also_known_as.clone();
    }
    if let Some(target) = row.moved_to_id {
        let found = accounts::by_ids(&app.reader, &[target]).await?;
        if let Some(target) = found.first() {
            document["movedTo"] = entities::uri_of(app, target).into();
        }
    }
    Ok(())
}
