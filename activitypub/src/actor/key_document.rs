//! The keys that an actor publishes, in its own document (`publicKey`, or `assertionMethod` after FEP-521a) or in one of
//! their own.
//!
//! A key is an actor's when both say so: the key names its owner, the actor lists the key, and both are on one server.
//! A key's own document has only the first half; the actor's must be read for the second.

use serde_json::Value;

use crate::document::{DocumentError, Fields};
use crate::key::PublicKey;
use crate::limits::ACTOR_KEYS_MAX;
use crate::uri::{Uri, UriRules};

/// A key that an actor lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorKey {
    /// The key's address, as [`Uri`] writes it: compare it with a signature's once that is read as a [`Uri`], too.
    pub id: String,
    /// The key.
    pub key: PublicKey,
}

/// A key in a document of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDocument {
    /// The key's address, as [`Uri`] writes it. What was fetched under another address is not this key.
    pub id: String,
    /// Whose it says it is, on the same server; the actor's document must list it.
    pub owner: Uri,
    /// The key.
    pub key: PublicKey,
}

/// Reads the document that stands at a key's address: the key itself, or as much of its owner as holds the key (as
/// GoToSocial answers). Of several keys the first: where it is known which is wanted, [`read_key_at`] is better.
///
/// # Errors
/// No key that we use in it, none that names an owner, or one whose owner is on another server.
pub fn read_key(value: &Value, rules: UriRules) -> Result<KeyDocument, DocumentError> {
    let document = Fields::of_document(value, rules)?;
    let fields = keys_in(&document).next().ok_or(DocumentError::Missing("publicKeyPem"))?;
    read_document(&fields)
}

/// Reads the document that stands at this key's address. A key in it that has another address is another key.
///
/// # Errors
/// This key is not in it, is none that we use, names no owner, or one on another server.
pub fn read_key_at(value: &Value, key_id: &Uri, rules: UriRules) -> Result<KeyDocument, DocumentError> {
    let document = Fields::of_document(value, rules)?;
    let is_wanted = |fields: &Fields<'_>| fields.uri("id").as_ref() == Some(key_id);
    let fields = keys_in(&document).find(is_wanted).ok_or(DocumentError::Missing("publicKeyPem"))?;
    read_document(&fields)
}

/// What could be a key: the document itself, and what it lists as its own.
fn keys_in<'a>(document: &Fields<'a>) -> impl Iterator<Item = Fields<'a>> + use<'a> {
    let holds_key = |fields: &Fields<'_>| fields.text("publicKeyPem").or(fields.text("publicKeyMultibase")).is_some();
    std::iter::once(*document).chain(listed(document)).filter(holds_key)
}

fn listed<'a>(document: &Fields<'a>) -> impl Iterator<Item = Fields<'a>> + use<'a> {
    document.objects("publicKey", ACTOR_KEYS_MAX).chain(document.objects("assertionMethod", ACTOR_KEYS_MAX))
}

fn read_document(fields: &Fields<'_>) -> Result<KeyDocument, DocumentError> {
    let id = fields.required_uri("id")?;
    let owner = read_owner(fields)?;
    if owner.origin() != id.origin() {
        return Err(DocumentError::Foreign("owner"));
    }
    Ok(KeyDocument { id: id.to_string(), owner, key: read_public_key(fields)? })
}

/// The keys that are the actor's: in its document, with an address on its server, and of no other owner.
pub(super) fn read_all(fields: &Fields<'_>, actor: &Uri) -> Vec<ActorKey> {
    let mut keys: Vec<ActorKey> = Vec::new();
    for key in listed(fields).filter_map(|key| read_own(&key, actor)) {
        if keys.len() < ACTOR_KEYS_MAX && !keys.iter().any(|known| known.id == key.id) {
            keys.push(key);
        }
    }
    keys
}

fn read_own(fields: &Fields<'_>, actor: &Uri) -> Option<ActorKey> {
    let id = fields.uri("id").filter(|id| id.origin() == actor.origin())?;
    if read_owner(fields).ok()? != *actor {
        return None;
    }
    Some(ActorKey { id: id.to_string(), key: read_public_key(fields).ok()? })
}

fn read_owner(fields: &Fields<'_>) -> Result<Uri, DocumentError> {
    let text = fields.text("owner").or_else(|| fields.text("controller")).ok_or(DocumentError::Missing("owner"))?;
    Uri::parse_actor(text, fields.rules).map_err(|error| DocumentError::Address("owner", error))
}

fn read_public_key(fields: &Fields<'_>) -> Result<PublicKey, DocumentError> {
    let read = match (fields.text("publicKeyPem"), fields.text("publicKeyMultibase")) {
        (Some(pem), _) => PublicKey::from_pem(pem),
        (None, Some(multibase)) if fields.is("Multikey") => PublicKey::from_multibase(multibase),
        _ => return Err(DocumentError::Missing("publicKeyPem")),
    };
    read.map_err(|_| DocumentError::Malformed("publicKeyPem"))
}
