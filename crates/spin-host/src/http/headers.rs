//! Headers that a guest gets with a request: Spin's (crates/trigger-http/src/headers.rs), and the correlation id.
//!
//! Stricter than Spin: a client's own `spin-*` and `x-spindle-*` headers are taken away first.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::router;
use crate::telemetry::{At, Place};

/// Goes from the client, or from here, through everything that a request causes.
pub(super) const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// The trace that a request belongs to (W3C Trace Context).
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Local mode's secret, from the host to a component.
pub(super) const LOCAL: HeaderName = HeaderName::from_static("x-spindle-local");

const PATH_INFO: HeaderName = HeaderName::from_static("spin-path-info");
const FULL_URL: HeaderName = HeaderName::from_static("spin-full-url");
const MATCHED_ROUTE: HeaderName = HeaderName::from_static("spin-matched-route");
const BASE_PATH: HeaderName = HeaderName::from_static("spin-base-path");
const RAW_COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-raw-component-route");
const COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-component-route");
const CLIENT_ADDR: HeaderName = HeaderName::from_static("spin-client-addr");

/// What the headers say of a route: made once.
#[derive(Debug)]
pub(super) struct RouteHeaders {
    matched: HeaderValue,
    raw: HeaderValue,
    component: HeaderValue,
    /// `spin-path-match-<name>` of each name.
    names: Vec<HeaderName>,
}

impl RouteHeaders {
    /// None if the route can't stand in a header.
    pub fn new(route: &str) -> Option<Self> {
        // Spin's matched route is absolute and without a slash at its end; the raw one is as the manifest has it.
        let matched = format!("/{}", route.trim_start_matches('/'));
        let matched = matched.strip_suffix('/').unwrap_or(&matched);
        let names = router::names(route).map(|name| {
            let name = name.to_ascii_lowercase().replace('_', "-");
            HeaderName::from_bytes(format!("spin-path-match-{name}").as_bytes()).ok()
        });
        Some(Self {
            matched: HeaderValue::from_str(matched).ok()?,
            raw: HeaderValue::from_str(route).ok()?,
            component: HeaderValue::from_str(route.strip_suffix("/...").unwrap_or(route)).ok()?,
            names: names.collect::<Option<_>>()?,
        })
    }

    /// As the manifest has it.
    pub fn route(&self) -> &str {
        self.raw.to_str().unwrap_or_default()
    }

    /// Adds what a guest is told of its request.
    pub fn add(
        &self,
        headers: &mut HeaderMap,
        path: &str,
        captures: &[&str],
        trailing: &str,
        client: &HeaderValue,
    ) {
        headers.reserve(9 + self.names.len());
        let full_url = {
            let host = headers.get(HOST).map_or(&b"localhost"[..], HeaderValue::as_bytes);
            HeaderValue::from_maybe_shared(Bytes::from(
                [b"http://", host, path.as_bytes()].concat(),
            ))
        };
        // What came in a request line or a header can stand in a header.
        for (name, value) in [(PATH_INFO, HeaderValue::from_str(trailing)), (FULL_URL, full_url)] {
            if let Ok(value) = value {
                headers.insert(name, value);
            }
        }
        headers.insert(MATCHED_ROUTE, self.matched.clone());
        headers.insert(BASE_PATH, HeaderValue::from_static("/"));
        headers.insert(RAW_COMPONENT_ROUTE, self.raw.clone());
        headers.insert(COMPONENT_ROUTE, self.component.clone());
        headers.insert(CLIENT_ADDR, client.clone());
        for (name, value) in self.names.iter().zip(captures) {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name.clone(), value);
            }
        }
    }
}

/// Takes away what only the host may say.
pub(super) fn strip(headers: &mut HeaderMap) {
    let ours = |name: &HeaderName| {
        name.as_str().starts_with("spin-") || name.as_str().starts_with("x-spindle-")
    };
    if headers.keys().any(ours) {
        let names: Vec<_> = headers.keys().filter(|name| ours(name)).cloned().collect();
        for name in names {
            headers.remove(name);
        }
    }
}

/// The request's correlation id, and where in which trace the request stands: the id if it is sane (1 to 100 visible ASCII
/// characters), else that of the trace which the request says that it belongs to, else a new UUIDv7. The headers have it,
/// alone, afterwards.
pub(super) fn correlation_id(headers: &mut HeaderMap) -> (HeaderValue, At) {
    let sane = |value: &&HeaderValue| {
        (1..=100).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    let value = |id: &str| HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static("none"));
    let traced = || Place::parse(headers.get(TRACEPARENT)?.to_str().ok()?);
    let (id, at) = if let Some(id) = headers.get(CORRELATION_ID).filter(sane) {
        (id.clone(), At::Under(Place::of_correlation(id.to_str().unwrap_or_default())))
    } else if let Some(place) = traced() {
        (value(&place.correlation_id()), At::Under(place))
    } else {
        let mut buffer = Uuid::encode_buffer();
        let id = &*Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
        (value(id), At::Beginning(Place::of_correlation(id)))
    };
    headers.insert(CORRELATION_ID, id.clone());
    (id, at)
}

/// `spin-client-addr`, the same for all requests of a connection.
pub(super) fn client(address: SocketAddr) -> HeaderValue {
    HeaderValue::from_str(&address.to_string())
        .unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(route: &str, captures: &[&str], trailing: &str, expected: Expect) {
        let mut headers =
            HeaderMap::from_iter([(HOST, HeaderValue::from_static("example.com:3000"))]);
        let client = client("127.0.0.1:8777".parse().unwrap());
        RouteHeaders::new(route).unwrap().add(
            &mut headers,
            "/some/path?q=1",
            captures,
            trailing,
            &client,
        );
        let mut lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
            .collect();
        lines.sort();
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn what_a_guest_is_told() {
        check(
            "/foo/:user_id/...",
            &["42"],
            "/bar",
            expect![[r#"
            host: example.com:3000
            spin-base-path: /
            spin-client-addr: 127.0.0.1:8777
            spin-component-route: /foo/:user_id
            spin-full-url: http://example.com:3000/some/path?q=1
            spin-matched-route: /foo/:user_id/...
            spin-path-info: /bar
            spin-path-match-user-id: 42
            spin-raw-component-route: /foo/:user_id/...
        "#]],
        );
        check(
            "/foo/",
            &[],
            "",
            expect![[r#"
            host: example.com:3000
            spin-base-path: /
            spin-client-addr: 127.0.0.1:8777
            spin-component-route: /foo/
            spin-full-url: http://example.com:3000/some/path?q=1
            spin-matched-route: /foo
            spin-path-info: 
            spin-raw-component-route: /foo/
        "#]],
        );
    }

    #[test]
    fn only_the_host_says_what_is_the_hosts() {
        let mut headers = HeaderMap::new();
        for name in
            ["spin-path-match-id", "Spin-Client-Addr", "x-spindle-local", "spinach", "x-spin"]
        {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_static("x"),
            );
        }
        strip(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["spinach", "x-spin"]);
    }

    #[test]
    fn a_sane_correlation_id_is_kept() {
        let check = |given: Option<&[u8]>, kept: bool| {
            let mut headers = HeaderMap::new();
            if let Some(given) = given {
                headers.append(CORRELATION_ID, HeaderValue::from_bytes(given).unwrap());
            }
            let (id, _) = correlation_id(&mut headers);
            assert_eq!(headers.get_all(CORRELATION_ID).iter().collect::<Vec<_>>(), [&id]);
            assert_eq!(Some(id.as_bytes()) == given, kept, "{given:?}");
            assert!(
                kept || Uuid::try_parse_ascii(id.as_bytes())
                    .is_ok_and(|id| id.get_version_num() == 7)
            );
        };
        check(Some(b"abc-123"), true);
        check(Some(&[b'x'; 100]), true);
        check(Some(&[b'x'; 101]), false);
        check(Some(b""), false);
        check(Some(b"a b"), false);
        check(Some("ü".as_bytes()), false);
        check(None, false);
    }

    #[test]
    fn a_request_of_a_trace_has_the_traces_id_unless_it_says_another() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, HeaderValue::from_static(trace));
        let (id, at) = correlation_id(&mut headers);
        assert_eq!(id, "4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
        assert!(matches!(at, At::Under(place) if place.to_string() == trace));
        headers.insert(CORRELATION_ID, HeaderValue::from_static("click-1"));
        let (id, at) = correlation_id(&mut headers);
        assert_eq!(id, "click-1");
        assert!(matches!(at, At::Under(place) if place == Place::of_correlation("click-1")));
    }
}
