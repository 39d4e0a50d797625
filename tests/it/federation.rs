//! Federation, against servers of our own and against another implementation.

mod peer;
mod peers;
mod tls;
