//! Who is asking: tokens, apps, credentials. Secrets are hashed at rest, and none of this is an event.

pub mod scopes;
pub mod tokens;
