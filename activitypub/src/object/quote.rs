//! What an object quotes, and who may quote it: FEP-044f and the ways before it.

use crate::document::{Fields, address_of};
use crate::limits::{POLICY_ENTRIES_MAX, TAGS_MAX};
use crate::uri::Uri;

/// Who may quote an object: actors, collections of them, and the public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuotePolicy {
    /// Who may at once.
    pub automatic: Vec<String>,
    /// Who may ask.
    pub manual: Vec<String>,
}

/// What the object quotes. `quote` is the word of FEP-044f; where it is there, nothing else counts, also where what it
/// names has been deleted.
pub(super) fn read(fields: &Fields<'_>) -> Option<Uri> {
    if fields.get("quote").is_some() {
        let deleted = fields.object("quote").is_some_and(|quoted| quoted.is("Tombstone"));
        return if deleted { None } else { fields.uri("quote") };
    }
    let older = ["quoteUri", "quoteURI", "quoteUrl", "_misskey_quote"].iter().find_map(|name| fields.uri(name));
    older.or_else(|| fields.objects("tag", TAGS_MAX).find_map(|tag| read_tag(&tag)))
}

/// A tag that links to what is quoted (FEP-e232).
fn read_tag(tag: &Fields<'_>) -> Option<Uri> {
    let is_quote =
        |rel: &str| rel == "https://misskey-hub.net/ns#_misskey_quote" || rel == "https://w3id.org/fep/044f#quote";
    let quotes = tag.is("Link") && tag.list("rel", TAGS_MAX).filter_map(address_of).any(is_quote);
    if quotes { tag.uri("href") } else { None }
}

/// The policy that the object states.
pub(super) fn read_policy(fields: &Fields<'_>) -> Option<QuotePolicy> {
    let policy = fields.object("interactionPolicy")?.object("canQuote")?;
    let either = |name: &str, older: &str| {
        policy.addresses(if policy.get(name).is_some() { name } else { older }, POLICY_ENTRIES_MAX)
    };
    Some(QuotePolicy {
        automatic: either("automaticApproval", "always"),
        manual: either("manualApproval", "approvalRequired"),
    })
}
