//! `block_networks`: where a call's requests don't go, whatever `allowed_outbound_hosts` says, for components whose users
//! choose the addresses. What counts is the address that a name has when it is connected to.
//!
//! The entries are Spin's (crates/factor-outbound-networking/src/runtime_config.rs): a network in CIDR form, or `private`.

use std::net::IpAddr;

use ipnet::IpNet;

/// What isn't globally reachable, by IANA's special-purpose registries (RFC 6890), and what leads there: addresses of
/// version 6 that hold one of version 4.
const PRIVATE: [&str; 27] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

/// Networks that a call doesn't reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockedNetworks(Vec<IpNet>);

/// The entry is neither a network nor `private`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network such as 10.0.0.0/8, nor private")]
pub struct BlockedNetworkError(String);

impl BlockedNetworks {
    /// Reads entries, each of which may be several with commas, or empty.
    ///
    /// # Errors
    /// If one is no network.
    pub fn parse(entries: &[String]) -> Result<Self, BlockedNetworkError> {
        let mut networks = Vec::new();
        let names = entries.iter().flat_map(|entry| entry.split(',')).map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            let wrong = || BlockedNetworkError(name.to_owned());
            match name {
                "private" => {
                    for network in PRIVATE {
                        networks.push(network.parse().map_err(|_| wrong())?);
                    }
                }
                network => networks.push(network.parse().map_err(|_| wrong())?),
            }
        }
        Ok(Self(networks))
    }

    /// Whether there is nothing that they block.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this address is in one of them.
    pub fn block(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(entries: &[&str]) -> Result<BlockedNetworks, BlockedNetworkError> {
        BlockedNetworks::parse(&entries.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_private_is_no_public_address() {
        let private = networks(&["private"]).unwrap();
        for (address, blocked) in [
            ("127.0.0.1", true),
            ("127.8.8.8", true),
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("192.168.1.1", true),
            ("169.254.169.254", true),
            ("100.64.0.1", true),
            ("0.0.0.0", true),
            ("255.255.255.255", true),
            ("::", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("::7f00:1", true),
            ("64:ff9b::7f00:1", true),
            ("2002:7f00:1::", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("8.8.8.8", false),
            ("1.1.1.1", false),
            ("::ffff:8.8.8.8", false),
            ("2606:4700:4700::1111", false),
        ] {
            assert_eq!(private.block(address.parse().unwrap()), blocked, "{address}");
        }
    }

    #[test]
    fn networks_stand_in_a_list_or_a_text() {
        let two = networks(&["10.0.0.0/8, fd00::/8"]).unwrap();
        assert_eq!(two, networks(&["10.0.0.0/8", "", "fd00::/8"]).unwrap());
        assert!(two.block("10.0.0.1".parse().unwrap()) && !two.block("127.0.0.1".parse().unwrap()));
        assert!(networks(&[""]).unwrap().is_empty());
        for wrong in ["10.0.0.1", "10.0.0.0/33", "public", "example.com"] {
            assert_eq!(networks(&[wrong]), Err(BlockedNetworkError(wrong.to_owned())));
        }
    }
}
