//! `allowed_outbound_hosts`: where a component may connect to.
//!
//! The rules are Spin's (crates/outbound-networking-config/src/allowed_hosts.rs): `scheme://host[:port]`. Scheme: letters
//! or `*`. Host: a name, an address, `*`, `*.suffix`, a network in CIDR form or `self`. Port: a number, a half-open range
//! `a..b` or `*`; it may be missing where the scheme has a usual one. No path.

use std::net::IpAddr;
use std::ops::Range;

use ipnet::IpNet;
use url::Host;

use crate::variables::{VariableError, Variables};

/// Why an entry of the list is refused.
#[derive(Debug, thiserror::Error)]
pub enum AllowedHostError {
    /// Its template has no value.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// It is malformed.
    #[error("{entry:?} in allowed_outbound_hosts: {reason}")]
    Malformed {
        /// The entry as the manifest has it: a template is not resolved.
        entry: String,
        /// What is wrong.
        reason: &'static str,
    },
}

/// A component's list, resolved.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts(Vec<AllowedHost>);

#[derive(Debug, PartialEq)]
struct AllowedHost {
    /// None: any.
    scheme: Option<String>,
    host: HostPattern,
    /// None: any.
    ports: Option<Range<u32>>,
}

#[derive(Debug, PartialEq)]
enum HostPattern {
    Any,
    /// `*.example.com`, kept as `.example.com`.
    Suffix(String),
    Exact(Host),
    Network(IpNet),
    /// The application itself, which this host does not serve yet.
    ToSelf,
}

impl AllowedHosts {
    /// Resolves and parses a component's list.
    pub fn parse(entries: &[String], variables: &Variables) -> Result<Self, AllowedHostError> {
        let parse = |entry: &String| {
            parse_entry(variables.resolve(entry)?.trim())
                .map_err(|reason| AllowedHostError::Malformed { entry: entry.clone(), reason })
        };
        entries.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a connection to this host may be made. A port that is None is the scheme's usual one.
    pub fn allow(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let host = match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => Host::Ipv4(ip),
            Ok(IpAddr::V6(ip)) => Host::Ipv6(ip),
            Err(_) => match Host::parse(host) {
                Ok(host) => host,
                Err(_) => return false,
            },
        };
        let port = port.or_else(|| usual_port(scheme)).map(u32::from);
        self.0.iter().any(|allowed| {
            allowed.scheme.as_deref().is_none_or(|allowed| allowed == scheme)
                && allowed.host.matches(&host)
                && allowed
                    .ports
                    .as_ref()
                    .is_none_or(|ports| port.is_some_and(|port| ports.contains(&port)))
        })
    }

    /// Whether any entry is for this scheme.
    pub fn any_for(&self, schemes: &[&str]) -> bool {
        self.0
            .iter()
            .any(|allowed| allowed.scheme.as_deref().is_none_or(|scheme| schemes.contains(&scheme)))
    }
}

impl HostPattern {
    fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (HostPattern::Any, _) => true,
            (HostPattern::Suffix(suffix), Host::Domain(domain)) => {
                domain.ends_with(suffix.as_str())
            }
            (HostPattern::Exact(exact), host) => exact == host,
            (HostPattern::Network(network), Host::Ipv4(ip)) => network.contains(&IpAddr::V4(*ip)),
            (HostPattern::Network(network), Host::Ipv6(ip)) => network.contains(&IpAddr::V6(*ip)),
            (HostPattern::Suffix(_) | HostPattern::Network(_) | HostPattern::ToSelf, _) => false,
        }
    }
}

fn parse_entry(entry: &str) -> Result<AllowedHost, &'static str> {
    let Some((scheme, rest)) = entry.split_once("://") else {
        return Err("no scheme: write scheme://host:port, each of which may be *");
    };
    if scheme != "*" && (scheme.is_empty() || !scheme.chars().all(char::is_alphabetic)) {
        return Err("a scheme is letters only, or *");
    }
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
    let port = match port.split_once('/') {
        Some((port, "")) => port,
        Some(_) => return Err("a path is not allowed"),
        None => port,
    };
    Ok(AllowedHost {
        ports: parse_ports(port, scheme)?,
        host: parse_host(host.trim())?,
        scheme: (scheme != "*").then(|| scheme.to_owned()),
    })
}

fn parse_ports(port: &str, scheme: &str) -> Result<Option<Range<u32>>, &'static str> {
    let number = |number: &str| {
        number.parse::<u16>().map(u32::from).map_err(|_| "a port is a number, a..b or *")
    };
    match port {
        "*" => Ok(None),
        "" => {
            let port = usual_port(scheme)
                .map(u32::from)
                .ok_or("a port is needed: the scheme has no usual one")?;
            Ok(Some(port..port + 1))
        }
        _ => match port.split_once("..") {
            Some((start, end)) => Ok(Some(number(start)?..number(end)?)),
            None => number(port).map(|port| Some(port..port + 1)),
        },
    }
}

fn parse_host(host: &str) -> Result<HostPattern, &'static str> {
    match host {
        "*" => return Ok(HostPattern::Any),
        "self" | "self.alt" => return Ok(HostPattern::ToSelf),
        _ => {}
    }
    if let Ok(network) = host.parse::<IpNet>() {
        return Ok(HostPattern::Network(network));
    }
    let host = host.trim_end_matches('/');
    if host.contains('/') {
        return Err("a path is not allowed");
    }
    if let Some(suffix) = host.strip_prefix("*.").filter(|suffix| !suffix.contains('*')) {
        return Ok(HostPattern::Suffix(format!(".{}", suffix.to_lowercase())));
    }
    if host.contains('*') {
        return Err("a * stands for a whole host or for its first part");
    }
    Host::parse(host).map(HostPattern::Exact).map_err(|_| "not a host")
}

/// The port of a scheme, where Spin knows one.
fn usual_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "mqtt" => 1883,
        "mysql" => 3306,
        "postgres" => 5432,
        "redis" => 6379,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(entries: &[&str]) -> Result<AllowedHosts, AllowedHostError> {
        let variables = Variables::new(&Default::default(), &[]).unwrap();
        AllowedHosts::parse(
            &entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>(),
            &variables,
        )
    }

    #[test]
    fn what_an_entry_allows() {
        let check = |entry: &str, scheme: &str, host: &str, port: Option<u16>, expected: bool| {
            assert_eq!(
                allowed(&[entry]).unwrap().allow(scheme, host, port),
                expected,
                "{entry} {scheme} {host} {port:?}"
            );
        };
        check("http://example.com", "http", "example.com", None, true);
        check("http://example.com", "http", "EXAMPLE.com", Some(80), true);
        check("http://example.com/", "http", "example.com", None, true);
        check("http://example.com", "https", "example.com", None, false);
        check("http://example.com", "http", "example.com", Some(8080), false);
        check("http://example.com", "http", "example.com.evil", None, false);
        check("http://*.example.com", "http", "a.b.example.com", None, true);
        check("http://*.example.com", "http", "example.com", None, false);
        check("http://*.example.com", "http", "myexample.com", None, false);
        check("*://*:*", "anything", "10.0.0.1", Some(1), true);
        check("*://*:*", "anything", "10.0.0.1", None, true);
        check("*://a:1", "x", "a", Some(1), true);
        check("*://127.0.0.1/24:63551", "tcp", "127.0.0.99", Some(63551), true);
        check("*://127.0.0.1/24:63551", "tcp", "127.0.1.1", Some(63551), false);
        check("*://127.0.0.1/24:63551", "tcp", "localhost", Some(63551), false);
        check("*://ff00::/8:80", "tcp", "ff01::1", Some(80), true);
        check("http://[::1]:8001", "http", "[::1]", Some(8001), true);
        check("http://[::1]:8001", "http", "::1", Some(8001), true);
        check("http://a:10..12", "http", "a", Some(10), true);
        check("http://a:10..12", "http", "a", Some(11), true);
        check("http://a:10..12", "http", "a", Some(12), false);
        check("postgres://db", "postgres", "db", None, true);
        check("postgres://db", "postgres", "db", Some(5432), true);
        check("http://self", "http", "self", None, false);
        check("http://a:80", "http", "not a host", Some(80), false);
    }

    #[test]
    fn what_is_not_an_entry() {
        for entry in [
            "",
            "*",
            "example.com",
            "example.com:80",
            "localhost:3001",
            "ht-tp://a",
            "://a",
            "http://a/path",
            "http://a:1/b",
            "http://*.a/b",
            "http://a*.b",
            "http://*.*.b",
            "smtp://a",
            "http://a:x",
            "http://a:70000",
            "http://[::1]",
            "insecure:allow-all",
            "*://127.0.0.0/24",
        ] {
            assert!(allowed(&[entry]).is_err(), "{entry}");
        }
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        assert!(!allowed(&[]).unwrap().allow("http", "localhost", None));
        assert!(!allowed(&[]).unwrap().any_for(&["tcp"]));
        assert!(allowed(&["*://*:*"]).unwrap().any_for(&["tcp"]));
        assert!(!allowed(&["http://*:*"]).unwrap().any_for(&["tcp"]));
    }
}
