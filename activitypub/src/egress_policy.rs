//! Which addresses of the Internet this server may call: public unicast, and what the operator listed.
//!
//! Both registries of special-purpose addresses (IANA, RFC 6890 and its successors) are here whole. Of IPv6 only global
//! unicast (2000::/3) is public to begin with. Where an IPv6 address carries an IPv4 address (mapped, compatible, NAT64,
//! 6to4), the IPv4 address decides, so that no wrapping leads around the list; addresses of Teredo and of a locally
//! chosen NAT64 prefix are refused, because what they lead to cannot be known.
//!
//! The one client that calls out asks here for every address that a name resolves to, and again at every redirect.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Ports that may be called at public addresses.
const PORTS: [u16; 2] = [80, 443];

/// An address that is not one, or whose prefix is longer than the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network: write an address, a slash and the length of the prefix, such as 10.1.0.0/16")]
pub struct NetworkError(String);

/// A network: an address and the number of its leading bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, d: u8, prefix_bits: u8) -> Network {
        Network { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix_bits }
    }

    const fn v6(a: u16, b: u16, c: u16, d: u16, prefix_bits: u8) -> Network {
        Network { address: IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)), prefix_bits }
    }

    /// Whether the address lies in the network. IPv4 and IPv6 never lie in each other.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let differ = match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => u128::from(network.to_bits() ^ address.to_bits()) << 96,
            (IpAddr::V6(network), IpAddr::V6(address)) => network.to_bits() ^ address.to_bits(),
            _ => return false,
        };
        self.prefix_bits == 0 || differ >> (128 - u32::from(self.prefix_bits)) == 0
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Network, NetworkError> {
        let refuse = || NetworkError(text.chars().take(64).collect());
        let (address, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| refuse())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = prefix.map_or(Ok(bits), str::parse).map_err(|_| refuse())?;
        if prefix_bits > bits { Err(refuse()) } else { Ok(Network { address, prefix_bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix_bits)
    }
}

/// What this server may call.
#[derive(Clone, Debug, Default)]
pub struct EgressPolicy {
    allowed: Vec<Network>,
}

impl EgressPolicy {
    /// Public addresses, and also the networks listed, on any port.
    #[must_use]
    pub fn with_allowed(allowed: Vec<Network>) -> EgressPolicy {
        EgressPolicy { allowed }
    }

    /// Whether a connection to this address and port may be made.
    #[must_use]
    pub fn allows(&self, address: IpAddr, port: u16) -> bool {
        let inner = address.to_canonical();
        if self.allowed.iter().any(|network| network.contains(address) || network.contains(inner)) {
            return port != 0;
        }
        PORTS.contains(&port) && is_public_unicast(address)
    }
}

/// Whether this is the address of one machine on the public Internet.
#[must_use]
pub fn is_public_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|network| network.contains(IpAddr::V4(address))),
        IpAddr::V6(address) => match carried_v4(address) {
            Some(carried) => is_public_unicast(IpAddr::V4(carried)),
            None => {
                let address = IpAddr::V6(address);
                GLOBAL_UNICAST_V6.contains(address) && !SPECIAL_V6.iter().any(|network| network.contains(address))
            }
        },
    }
}

/// The IPv4 address inside an IPv6 address, where its form says that there is one.
fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let of = |high: u16, low: u16| Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match segments {
        // ::ffff:0:0/96, mapped; ::ffff:0:0:0/96, translated; ::/96, compatible (:: and ::1 are in 0.0.0.0/8 then)
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low]
        // 64:ff9b::/96, NAT64
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        // 2002::/16, 6to4
        | [0x2002, high, low, ..] => of(high, low),
        _ => None,
    }
}

/// What IPv6 gives out to machines of the public Internet at all.
const GLOBAL_UNICAST_V6: Network = Network::v6(0x2000, 0, 0, 0, 3);

/// IANA IPv4 Special-Purpose Address Registry, and multicast.
const SPECIAL_V4: &[Network] = &[
    Network::v4(0, 0, 0, 0, 8),       // this network
    Network::v4(10, 0, 0, 0, 8),      // private
    Network::v4(100, 64, 0, 0, 10),   // shared by carriers
    Network::v4(127, 0, 0, 0, 8),     // loopback
    Network::v4(169, 254, 0, 0, 16),  // link-local, and clouds' metadata
    Network::v4(172, 16, 0, 0, 12),   // private
    Network::v4(192, 0, 0, 0, 24),    // protocol assignments
    Network::v4(192, 0, 2, 0, 24),    // documentation
    Network::v4(192, 31, 196, 0, 24), // AS112
    Network::v4(192, 52, 193, 0, 24), // AMT
    Network::v4(192, 88, 99, 0, 24),  // 6to4 relay, deprecated
    Network::v4(192, 168, 0, 0, 16),  // private
    Network::v4(192, 175, 48, 0, 24), // AS112
    Network::v4(198, 18, 0, 0, 15),   // benchmarks
    Network::v4(198, 51, 100, 0, 24), // documentation
    Network::v4(203, 0, 113, 0, 24),  // documentation
    Network::v4(224, 0, 0, 0, 4),     // multicast
    Network::v4(240, 0, 0, 0, 4),     // reserved, and broadcast
];

/// IANA IPv6 Special-Purpose Address Registry; what lies outside of 2000::/3 is refused already and stands here for
/// completeness.
const SPECIAL_V6: &[Network] = &[
    Network::v6(0x64, 0xff9b, 1, 0, 48),      // NAT64, local
    Network::v6(0x100, 0, 0, 0, 64),          // discard
    Network::v6(0x100, 0, 0, 1, 64),          // dummy
    Network::v6(0x2001, 0, 0, 0, 23),         // protocol assignments: Teredo, benchmarks, AMT, ORCHID, drones …
    Network::v6(0x2001, 0xdb8, 0, 0, 32),     // documentation
    Network::v6(0x2620, 0x4f, 0x8000, 0, 48), // AS112
    Network::v6(0x3ffe, 0, 0, 0, 16),         // 6bone, returned
    Network::v6(0x3fff, 0, 0, 0, 20),         // documentation
    Network::v6(0x5f00, 0, 0, 0, 16),         // segment routing
    Network::v6(0xfc00, 0, 0, 0, 7),          // unique local
    Network::v6(0xfe80, 0, 0, 0, 10),         // link-local
    Network::v6(0xfec0, 0, 0, 0, 10),         // site-local, deprecated
    Network::v6(0xff00, 0, 0, 0, 8),          // multicast
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(address: &str) -> bool {
        is_public_unicast(address.parse().unwrap())
    }

    #[test]
    fn public_addresses() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.215.14",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a01:4f8::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn both_ends_of_every_special_network() {
        let ends = |network: &Network| match network.address {
            IpAddr::V4(first) => {
                let last = first.to_bits() | u32::MAX.checked_shr(network.prefix_bits.into()).unwrap_or(0);
                [IpAddr::V4(first), IpAddr::V4(Ipv4Addr::from_bits(last))]
            }
            IpAddr::V6(first) => {
                let last = first.to_bits() | u128::MAX.checked_shr(network.prefix_bits.into()).unwrap_or(0);
                [IpAddr::V6(first), IpAddr::V6(Ipv6Addr::from_bits(last))]
            }
        };
        for address in SPECIAL_V4.iter().chain(SPECIAL_V6).flat_map(ends) {
            assert!(!is_public_unicast(address), "{address}");
            if let IpAddr::V4(address) = address {
                let [a, b, c, d] = address.octets();
                let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                for wrapped in [
                    address.to_ipv6_mapped(),
                    address.to_ipv6_compatible(),
                    Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
                    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                ] {
                    assert!(!is_public_unicast(IpAddr::V6(wrapped)), "{wrapped}");
                }
            }
        }
    }

    #[test]
    fn addresses_that_attacks_use() {
        for address in [
            "0.0.0.0",
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "192.88.99.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "64:ff9b:1:fffe::7f00:1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001::1",
            "2001:0:4136:e378::1",
            "fe80::1",
            "fec0::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001:20::1",
            "2001:30::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
            "e000::1",
            "100::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn ports_and_the_list_of_the_operator() {
        let policy = EgressPolicy::default();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(policy.allows(address("8.8.8.8"), 443) && policy.allows(address("8.8.8.8"), 80));
        for port in [0, 22, 25, 5432, 6379, 8443] {
            assert!(!policy.allows(address("8.8.8.8"), port));
        }
        let policy = EgressPolicy::with_allowed(vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        assert!(policy.allows(address("127.0.0.1"), 3000) && policy.allows(address("::ffff:127.0.0.1"), 3000));
        assert!(policy.allows(address("fd12::1"), 3000));
        assert!(!policy.allows(address("10.0.0.1"), 443) && !policy.allows(address("::1"), 443));
    }

    #[test]
    fn networks_are_read_and_written() {
        for text in ["10.0.0.0/8", "192.168.1.1/32", "::/0", "fd00::/8", "0.0.0.0/0"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        assert_eq!("10.1.2.3".parse::<Network>().unwrap().to_string(), "10.1.2.3/32");
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "x/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        assert!("::/0".parse::<Network>().unwrap().contains("1::".parse().unwrap()));
        assert!(!"::/0".parse::<Network>().unwrap().contains("1.1.1.1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn outside_of_global_unicast_nothing_is_public_but_what_carries_a_public_v4(bits in any::<u128>()) {
            let address = Ipv6Addr::from_bits(bits);
            if is_public_unicast(IpAddr::V6(address)) && bits >> 125 != 1 {
                prop_assert!(carried_v4(address).is_some());
            }
        }
    }
}
