//! Federation, against servers of our own and against another implementation.

mod activities;
mod another_make;
mod authorized_fetch;
mod delivery;
mod discovery;
mod documents;
mod domain_policies;
mod elsewhere;
mod flags;
mod flood;
mod forwarded;
mod inbox;
mod limited;
mod media_proxy;
mod order;
mod partitions;
mod peer;
mod peers;
mod quotes;
mod readers;
mod resolve;
mod retention;
mod synchronization;
mod tls;
mod together;
mod trio;
