//! Federation, against servers of our own and against another implementation.

mod delivery;
mod peer;
mod peers;
mod remote;
mod tls;
