//! Federation, against servers of our own and against another implementation.

mod activities;
mod another_make;
mod delivery;
mod discovery;
mod documents;
mod elsewhere;
mod flags;
mod flood;
mod forwarded;
mod inbox;
mod listener;
mod media_proxy;
mod order;
mod partitions;
mod peer;
mod peers;
mod readers;
mod remote;
mod resolve;
mod retention;
mod sender;
mod tls;
mod together;
mod trio;
