//! Federation, against servers of our own and against another implementation.

mod elsewhere;
mod media_proxy;
mod peer;
mod peers;
mod retention;
mod tls;
