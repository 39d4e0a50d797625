//! Federation, against servers of our own and against another implementation.

mod partitions;
mod peer;
mod peers;
mod remote;
mod resolve;
mod tls;
mod together;
mod trio;
