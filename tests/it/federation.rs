//! Federation, against servers of our own and against another implementation.

mod activities;
mod another_make;
mod authorized_fetch;
mod delivery;
mod departures;
mod discovery;
mod documents;
mod elsewhere;
mod flags;
mod inbox;
mod late_parents;
mod limited;
mod listener;
mod media_proxy;
mod partitions;
mod peer;
mod peers;
mod readers;
mod remote;
mod resolve;
mod retention;
mod sender;
mod synchronization;
mod tls;
mod together;
mod trio;
