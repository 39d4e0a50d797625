//! Federation, against servers of our own and against another implementation.

mod discovery;
mod documents;
mod peer;
mod peers;
mod readers;
mod tls;
