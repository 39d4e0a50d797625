//! A server in this process, on a port and a database of its own, and people who use it over real HTTP.

mod person;
pub mod process;
mod server;
mod surfer;
pub mod tls;

pub use person::{Person, id};
pub use server::TestServer;
pub use surfer::Surfer;
