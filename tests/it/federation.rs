//! Federation, against servers of our own and against another implementation.

mod peer;
mod peers;
mod remote;
mod resolve;
mod tls;
