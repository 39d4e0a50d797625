//! Federation, against servers of our own and against another implementation.

mod discovery;
mod documents;
mod partitions;
mod peer;
mod peers;
mod readers;
mod remote;
mod resolve;
mod tls;
mod together;
mod trio;
