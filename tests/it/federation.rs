//! Federation, against servers of our own and against another implementation.

mod delivery;
mod discovery;
mod documents;
mod inbox;
mod listener;
mod partitions;
mod peer;
mod peers;
mod readers;
mod remote;
mod resolve;
mod sender;
mod tls;
mod together;
mod trio;
