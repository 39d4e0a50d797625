//! Who is asking: tokens, apps, credentials, sessions. Secrets are hashed at rest, and none of this is an event.

mod access;
pub mod accounts;
pub mod apps;
pub mod codes;
pub mod credentials;
pub mod emails;
pub mod grants;
pub mod passwords;
pub mod scopes;
pub mod sessions;
pub mod sign_in;
pub mod tokens;
