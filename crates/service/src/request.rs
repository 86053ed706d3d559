use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;

use domain::{FieldError, IdempotencyKey, Origin, Versions};
use form_urlencoded::Parse;
use futures::StreamExt as _;
use serde_json::Value;
use spin_sdk::http::{IncomingRequest, Method};
use uuid::Uuid;

use crate::correlation_id::{self, correlation_id};
use crate::{Error, Result};

/// A request whose body is read when it is asked for, and only as far as it may go.
pub struct Request {
    /// How it was asked; HEAD is answered like GET.
    pub method: Method,
    /// What an event says of where it comes from.
    pub origin: Origin,
    path_and_query: String,
    headers: Vec<(String, Vec<u8>)>,
    authority: Option<String>,
    /// How many bytes its body may have.
    most_bytes: usize,
    /// Until its body is read.
    incoming: Option<IncomingRequest>,
    body: Vec<u8>,
}

/// The path of a request that nobody has read yet, for a component of several routes: without the query and a slash at its
/// end.
pub fn path_of(incoming: &IncomingRequest) -> String {
    let path = incoming.path_with_query().unwrap_or_default();
    path.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned()
}

impl Request {
    pub(crate) fn incoming(service: &'static str, incoming: IncomingRequest) -> Self {
        let mut request = Self::new(
            service,
            incoming.method(),
            incoming.path_with_query().unwrap_or_default(),
            incoming.headers().entries(),
        );
        request.authority = incoming.authority().or(request.authority);
        request.incoming = Some(incoming);
        request
    }

    fn new(
        service: &'static str,
        method: Method,
        path_and_query: String,
        headers: Vec<(String, Vec<u8>)>,
    ) -> Self {
        let given = value(&headers, correlation_id::HEADER);
        let origin = Origin { correlation_id: correlation_id(given), service };
        let host = value(&headers, "host").and_then(|it| str::from_utf8(it).ok());
        let authority = host.map(str::to_owned);
        Self {
            method,
            origin,
            path_and_query,
            headers,
            authority,
            most_bytes: 0,
            incoming: None,
            body: Vec::new(),
        }
    }

    /// A header's value, the first if there are several.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        value(&self.headers, name)
    }

    /// The host and the port that the client has asked, as it has written them.
    pub(crate) fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Whether the client asks for this media type by name.
    pub fn accepts(&self, wanted: &str) -> bool {
        let accept =
            self.header("accept").and_then(|it| str::from_utf8(it).ok()).unwrap_or_default();
        let name = |range: &str| range.split(';').next().unwrap_or_default().trim().to_owned();
        accept.split(',').any(|range| name(range).eq_ignore_ascii_case(wanted))
    }

    /// Where the request comes from, as far as it is told by somebody who knows: the host, or the
    /// proxy in front of it that adds to `proxy_header` (such as `x-forwarded-for`) if there is one.
    /// Of several values the last counts: those before it are the client's own. Of an address of
    /// version 6 it is the network, because a subscriber has all of it.
    pub(crate) fn client_address(&self, proxy_header: &str) -> Option<IpAddr> {
        let name = if proxy_header.is_empty() { "spin-client-addr" } else { proxy_header };
        let (_, value) =
            self.headers.iter().rfind(|(other, _)| other.eq_ignore_ascii_case(name))?;
        let value = str::from_utf8(value).ok()?.rsplit(',').next()?.trim();
        let address =
            value.parse().map(|socket: SocketAddr| socket.ip()).or_else(|_| value.parse()).ok()?;
        Some(match address.to_canonical() {
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
            }
            address => address,
        })
    }

    /// The parameters of the query string, decoded.
    pub fn query(&self) -> Parse<'_> {
        let query = self.path_and_query.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
    }

    /// The versions that `If-Match` or `If-None-Match` names.
    ///
    /// # Errors
    /// If the header is no list of entity tags.
    pub fn versions(&self, header: &'static str) -> Result<Option<Versions>> {
        let mut given = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(header));
        let Some((_, value)) = given.next() else { return Ok(None) };
        let expected = "* or a list of entity tags such as \"3\", in one header";
        let wrong = || domain::Error::Fields(vec![FieldError::Invalid { field: header, expected }]);
        let versions = str::from_utf8(value).ok().and_then(|value| value.parse().ok());
        versions.filter(|_| given.next().is_none()).map(Some).ok_or_else(|| wrong().into())
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// The UUID in the place of `:id` in the route.
    ///
    /// Spin says it in a header after the client's own ones of that name, so the last one counts
    /// (crates/trigger-http/src/headers.rs of Spin 4.0.2).
    ///
    /// # Errors
    /// [`Error::NotFound`] if it is no UUID: nothing has such an id.
    pub fn path_id(&self, of: &'static str) -> Result<Uuid> {
        let mut ids = self.headers.iter().filter(|(name, _)| name == "spin-path-match-id");
        ids.next_back()
            // Only as we write it ourselves, not one of the other ways to write a UUID.
            .filter(|(_, id)| id.len() == 36)
            .and_then(|(_, id)| Uuid::try_parse_ascii(id).ok())
            .ok_or(Error::NotFound(of))
    }

    /// Refuses a body that is announced to be larger than 1 MiB, whether anybody would read it or
    /// not.
    pub(crate) fn limit_body(&mut self, most_bytes: usize) -> Result<()> {
        self.most_bytes = most_bytes;
        let announced = self.header("content-length").and_then(|it| str::from_utf8(it).ok());
        match announced.and_then(|it| it.parse::<u64>().ok()) {
            Some(length) if length > most_bytes as u64 => Err(Error::TooLarge(most_bytes)),
            _ => Ok(()),
        }
    }

    /// The body, whatever it says that it is: `curl -d` calls JSON a form.
    ///
    /// # Errors
    /// If it turns out to be larger than it may be, ends early, or is not JSON.
    pub async fn json(&mut self) -> Result<Value> {
        serde_json::from_slice(self.body().await?).map_err(Error::NotJson)
    }

    /// What the client calls this request, if it has a name for it.
    ///
    /// # Errors
    /// If the header has no such value, or the body can't be read.
    pub async fn idempotency_key(&mut self) -> Result<Option<IdempotencyKey>> {
        let Some(key) = self.header("idempotency-key").map(<[u8]>::to_vec) else {
            return Ok(None);
        };
        let line = format!("{} {}\n", self.method, self.path_and_query);
        let request = [line.as_bytes(), self.body().await?].concat();
        Ok(Some(IdempotencyKey::new(&key, identity::fingerprint(&request))?))
    }

    async fn body(&mut self) -> Result<&[u8]> {
        if let Some(incoming) = self.incoming.take() {
            self.body = read(incoming, self.most_bytes).await?;
        }
        Ok(&self.body)
    }
}

async fn read(incoming: IncomingRequest, most_bytes: usize) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    let mut chunks = pin!(incoming.into_body_stream());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Error::IncompleteBody)?;
        if body.len() + chunk.len() > most_bytes {
            return Err(Error::TooLarge(most_bytes));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn value<'a>(headers: &'a [(String, Vec<u8>)], wanted: &str) -> Option<&'a [u8]> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
    Some(value)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A request as a test writes it: `"POST /api/tasks"`, headers, body.
    pub fn request(line: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let (method, path) = line.split_once(' ').unwrap();
        let method = match method {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "OPTIONS" => Method::Options,
            other => Method::Other(other.to_owned()),
        };
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
        let mut request = Request::new("test", method, path.to_owned(), headers.collect());
        request.body = body.into();
        request
    }

    fn json(headers: &[(&str, &str)], body: &str) -> Result<Value> {
        spin_sdk::http::run(async { request("POST /", headers, body).json().await })
    }

    #[test]
    fn a_body_is_json_whatever_it_is_called() {
        for headers in [&[][..], &[("content-type", "application/x-www-form-urlencoded")]] {
            assert_eq!(json(headers, r#"{"a":1}"#).unwrap(), serde_json::json!({"a": 1}));
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for body in ["", "{", "title=x", "{\"a\":\"\\ud800\"}", "{} {}"] {
            assert!(matches!(json(&[], body), Err(Error::NotJson(_))), "{body}");
        }
    }

    #[test]
    fn a_body_may_be_announced_up_to_its_limit() {
        let check = |length| request("POST /", &[("Content-Length", length)], "").limit_body(1000);
        for length in ["0", "1000", "many"] {
            assert!(check(length).is_ok(), "{length}");
        }
        for length in ["1001", "18446744073709551615"] {
            assert!(matches!(check(length), Err(Error::TooLarge(1000))), "{length}");
        }
    }

    #[test]
    fn the_id_is_the_routers_and_not_the_clients() {
        let mine = "0190aaaa-0000-7000-8000-000000000001";
        let theirs = "0190aaaa-0000-7000-8000-000000000002";
        let headers = [("spin-path-match-id", theirs), ("spin-path-match-id", mine)];
        let id = request("GET /", &headers, "").path_id("Task").unwrap();
        assert_eq!(id.to_string(), mine);
    }

    #[test]
    fn the_address_is_told_by_who_knows_it() {
        let check = |headers: &[(&str, &str)], proxy, expected: &str| {
            let address = request("GET /", headers, "").client_address(proxy);
            assert_eq!(address.map(|it| it.to_string()).unwrap_or_default(), expected);
        };
        let host = ("spin-client-addr", "192.0.2.7:8777");
        check(&[("spin-client-addr", "198.51.100.1:1"), host], "", "192.0.2.7");
        check(&[("spin-client-addr", "[2001:db8:1:2:3::4]:80")], "", "2001:db8:1:2::");
        check(&[("spin-client-addr", "[::ffff:192.0.2.7]:80")], "", "192.0.2.7");
        let forwarded = ("X-Forwarded-For", "198.51.100.1, 203.0.113.9");
        check(&[forwarded, host], "x-forwarded-for", "203.0.113.9");
        check(&[forwarded, host], "", "192.0.2.7");
        check(&[host], "x-forwarded-for", "");
        check(&[("spin-client-addr", "unknown")], "", "");
    }

    #[test]
    fn what_is_no_uuid_is_not_found() {
        let simple = "0190aaaa000070008000000000000001";
        let braced = format!("{{0190aaaa-0000-7000-8000-{simple:.12}}}");
        for id in ["", "1", simple, &braced, "0190aaaa-0000-7000-8000-00000000000g"] {
            let request = request("GET /", &[("spin-path-match-id", id)], "");
            assert!(matches!(request.path_id("Task"), Err(Error::NotFound("Task"))), "{id}");
        }
        assert!(request("GET /", &[], "").path_id("Task").is_err());
    }

    #[test]
    fn the_versions_of_a_header_are_read() {
        let versions = |headers: &[_]| request("GET /", headers, "").versions("if-match");
        assert_eq!(versions(&[]).unwrap(), None);
        let named = versions(&[("If-Match", "\"3\"")]).unwrap();
        assert_eq!(named, Some(Versions::These(vec![3])));
        for wrong in [&[("if-match", "3")][..], &[("if-match", "*"), ("if-match", "*")]] {
            assert!(matches!(versions(wrong), Err(Error::Input(_))), "{wrong:?}");
        }
    }

    #[test]
    fn the_query_is_decoded() {
        let request = request("GET /api/tasks?status=active&q=a%20b+c", &[], "");
        let pairs: Vec<_> = request.query().collect();
        assert_eq!(pairs, [("status".into(), "active".into()), ("q".into(), "a b c".into())]);
        assert_eq!(request.path(), "/api/tasks");
    }
}
