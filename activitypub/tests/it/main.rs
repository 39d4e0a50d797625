//! What other software sends, read: one file of tests per software, and what must hold for all of it however it is bent.
//!
//! The documents in `fixtures/<software>/` have the shape that the software gives them; names and texts are ours.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod blogs_and_tubes;
mod corpus;
mod fixtures;
mod hostile;
mod lemmy_and_friendica;
mod mastodon;
mod microblogs;
mod oracle;
