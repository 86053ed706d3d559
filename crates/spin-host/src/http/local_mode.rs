//! Local mode: requests without credentials act as the demo user, if they come from this machine's own pages.
//!
//! The server listens on loopback only, but a browser on this machine carries requests of any web site to it. So `Host`
//! must name this machine (else a site could point its own name here: DNS rebinding), and an `Origin`, which browsers send
//! with every request that could change something, must be the server's own.

use http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue, ORIGIN};
use http::uri::Authority;

use super::headers::LOCAL;

/// Lets requests without credentials act as the demo user.
#[derive(Clone)]
pub struct LocalMode {
    /// Sent to components as `x-spindle-local`; they know it from a variable. Never printed.
    pub secret: String,
}

/// [`LocalMode`], ready for use.
pub(super) struct Gate(HeaderValue);

impl Gate {
    /// None if the secret can't stand in a header.
    pub fn new(mode: &LocalMode) -> Option<Self> {
        let mut secret = HeaderValue::from_str(&mode.secret).ok()?;
        secret.set_sensitive(true);
        Some(Self(secret))
    }

    /// Refuses a request of another site, else vouches for one without credentials.
    pub fn pass(&self, headers: &mut HeaderMap) -> Result<(), &'static str> {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        if !is_loopback(host) {
            return Err("in local mode the Host must be localhost or a loopback address");
        }
        let own = |origin: &HeaderValue| {
            origin.to_str().is_ok_and(|origin| {
                origin
                    .strip_prefix("http://")
                    .is_some_and(|origin| origin.eq_ignore_ascii_case(host))
            })
        };
        if !headers.get_all(ORIGIN).iter().all(own) {
            return Err("in local mode requests of other origins are refused");
        }
        if !headers.contains_key(AUTHORIZATION) {
            headers.insert(LOCAL, self.0.clone());
        }
        Ok(())
    }
}

/// Whether a `Host` names this machine, at any port.
pub fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if host.contains('@') {
        return false;
    }
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(headers: &[(&'static str, &str)]) -> Result<bool, &'static str> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let gate = Gate::new(&LocalMode { secret: "s3".into() }).unwrap();
        gate.pass(&mut map).map(|()| map.get(LOCAL).is_some_and(|secret| secret == "s3"))
    }

    #[test]
    fn the_host_must_be_this_machine() {
        for host in
            ["localhost", "LOCALHOST:3000", "127.0.0.1:3000", "127.9.9.9", "[::1]:3000", "[::1]"]
        {
            assert_eq!(pass(&[("host", host)]), Ok(true), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.evil.com",
            "127.0.0.1.evil.com",
            "10.0.0.1",
            "x@localhost",
            "0.0.0.0",
            "[::2]",
            "localhost:3000@evil.com",
        ] {
            assert!(pass(&[("host", host)]).is_err(), "{host}");
        }
        assert!(pass(&[]).is_err());
    }

    #[test]
    fn a_foreign_origin_is_refused() {
        let host = ("host", "localhost:3000");
        assert_eq!(pass(&[host, ("origin", "http://localhost:3000")]), Ok(true));
        for origin in [
            "http://localhost:3001",
            "https://localhost:3000",
            "http://127.0.0.1:3000",
            "http://evil.com",
            "null",
            "",
        ] {
            assert!(pass(&[host, ("origin", origin)]).is_err(), "{origin}");
        }
        assert!(
            pass(&[host, ("origin", "http://localhost:3000"), ("origin", "http://evil.com")])
                .is_err()
        );
    }

    #[test]
    fn credentials_are_not_overruled() {
        assert_eq!(pass(&[("host", "localhost"), ("authorization", "Bearer x")]), Ok(false));
    }
}
