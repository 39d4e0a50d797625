//! The address a request comes from: the peer's, or what trusted proxies say in `X-Forwarded-For`.
//!
//! Must not know what the address is used for. The header is read from its end, where the nearest proxy writes, so
//! that a client cannot choose its own address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::ApiError;

/// The client's address. Put on every request by the edge's layers; an extractor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientIp {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts.extensions.get().copied().ok_or_else(|| ApiError::internal("the edge's layers are missing"))
    }
}

impl ClientIp {
    /// The address of a request, believing `trusted` proxies only. Unspecified when the server has no peer to name.
    #[must_use]
    pub fn of(request: &Request, trusted: &[IpBlock]) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
        let Some(peer) = peer else { return Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) };
        Self(seen_through(peer, request.headers(), trusted))
    }
}

/// The nearest address that no trusted proxy has; the farthest one named when all are trusted.
fn seen_through(peer: IpAddr, headers: &HeaderMap, trusted: &[IpBlock]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|block| block.holds(*address));
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        if !is_trusted(&client) {
            break;
        }
        let Some(address) = address(hop.trim()) else { break };
        client = address;
    }
    client
}

/// An address, with or without brackets and port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

/// A block of addresses in CIDR form: `10.0.0.0/8`, `::1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpBlock {
    base: IpAddr,
    bits: u32,
}

impl IpBlock {
    /// Whether the address is in the block.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let different = (base.to_bits() ^ address.to_bits()).leading_zeros();
                different >= self.bits
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let different = (base.to_bits() ^ address.to_bits()).leading_zeros();
                different >= self.bits
            }
            _ => false,
        }
    }

    /// Loopback, private and link-local addresses: where a reverse proxy of the same house stands.
    #[must_use]
    pub fn private() -> Vec<Self> {
        let blocks =
            ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"];
        blocks.iter().filter_map(|block| block.parse().ok()).collect()
    }
}

/// No block of addresses: neither an address nor one with a prefix length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address block such as 10.0.0.0/8")]
pub struct NoIpBlock(String);

impl FromStr for IpBlock {
    type Err = NoIpBlock;

    fn from_str(text: &str) -> Result<Self, NoIpBlock> {
        let refused = || NoIpBlock(text.to_owned());
        let (base, bits) = text.split_once('/').map_or((text, None), |(base, bits)| (base, Some(bits)));
        let base: IpAddr = base.parse().map_err(|_| refused())?;
        let bits_max = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(bits_max), str::parse).map_err(|_| refused())?;
        if bits > bits_max { Err(refused()) } else { Ok(Self { base, bits }) }
    }
}

impl<'de> Deserialize<'de> for IpBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for IpBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.base, self.bits))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        seen_through(peer.parse().unwrap(), &headers, &IpBlock::private()).to_string()
    }

    #[test]
    fn believes_only_trusted_proxies() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"]), "203.0.113.9", "a stranger's header means nothing");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(seen("127.0.0.1", &["6.6.6.6, 1.2.3.4"]), "1.2.3.4", "the client wrote the first one itself");
        assert_eq!(seen("127.0.0.1", &["6.6.6.6", "1.2.3.4, 10.0.0.7"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", &["192.168.0.5"]), "192.168.0.5");
        assert_eq!(seen("127.0.0.1", &["1.2.3.4, nonsense"]), "127.0.0.1");
        assert_eq!(seen("::1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(seen("127.0.0.1", &["::ffff:1.2.3.4"]), "1.2.3.4");
    }

    #[test]
    fn blocks_hold_what_they_say() {
        let block: IpBlock = "172.16.0.0/12".parse().unwrap();
        assert!(block.holds("172.31.255.255".parse().unwrap()) && !block.holds("172.32.0.0".parse().unwrap()));
        assert!("0.0.0.0/0".parse::<IpBlock>().unwrap().holds("8.8.8.8".parse().unwrap()));
        assert!("10.0.0.0/33".parse::<IpBlock>().is_err() && "ten".parse::<IpBlock>().is_err());
    }
}
