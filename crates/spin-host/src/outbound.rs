//! `wasi:http/outgoing-handler`: requests of guests, to hosts that their component may reach.
//!
//! A request without an authority (in Spin: to the application itself) is an invalid URI here, and `X.spin.internal` is a
//! host like any other: components of this host do not call each other.

use std::sync::{Arc, LazyLock};

use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody,
    WasiHttpHooks,
};

use crate::blocked_networks::BlockedNetworks;
use crate::component::Shared;
use crate::request;
use crate::telemetry::{At, Kind, Place, Span};

/// An answer, and what is left to do for its connection.
pub(crate) type Sent =
    (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

const TRACEPARENT: &str = "traceparent";

/// Sends a call's requests.
pub(crate) struct Outbound {
    shared: Arc<Shared>,
    correlation_id: Option<Arc<str>>,
    traceparent: Option<Arc<str>>,
    blocked: Arc<BlockedNetworks>,
}

impl Outbound {
    pub fn new(
        shared: Arc<Shared>,
        correlation_id: Option<Arc<str>>,
        traceparent: Option<Arc<str>>,
        blocked: Arc<BlockedNetworks>,
    ) -> Self {
        Self { shared, correlation_id, traceparent, blocked }
    }

    fn allowed(&self, uri: &http::Uri) -> bool {
        let scheme = uri.scheme_str().unwrap_or("https");
        let allowed = uri
            .host()
            .is_some_and(|host| self.shared.allowed_hosts.allow(scheme, host, uri.port_u16()));
        if !allowed {
            let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
            let url = format!("{scheme}://{authority}");
            self.shared.log_denied(&url, self.correlation_id.as_deref());
        }
        allowed
    }
}

impl WasiHttpHooks for Outbound {
    /// As the default, but made once for all calls: it is asked for on every request.
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        static FILTER: LazyLock<ForbiddenHeaderFilter> =
            LazyLock::new(|| Arc::new(|name| DEFAULT_FORBIDDEN_HEADERS.contains(name)));
        FILTER.clone()
    }

    fn send_request(
        &mut self,
        mut request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        if !self.allowed(request.uri()) {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        }
        if let Some(traceparent) = &self.traceparent
            && let Ok(value) = http::HeaderValue::from_str(traceparent)
        {
            request.headers_mut().entry(TRACEPARENT).or_insert(value);
        }
        let mut span = span_of(&mut request);
        let blocked = self.blocked.clone();
        Box::new(async move {
            let sent = request::send(request, options, &blocked).await;
            match &sent {
                Ok((response, _)) => {
                    span.set("http.response.status_code", || i64::from(response.status().as_u16()));
                }
                Err(error) => span.failed(error.to_string()),
            }
            sent
        })
    }
}

/// What the request takes until it is answered, in the trace that it says it belongs to.
fn span_of(request: &mut http::Request<WasiBody>) -> Span {
    let said = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    let Some(place) = said.and_then(Place::parse) else { return Span::default() };
    let method = request.method().clone();
    let mut span = Span::begin(Kind::Client, At::Under(place), || method.to_string());
    span.set("http.request.method", || method.as_str().to_owned());
    span.set("server.address", || request.uri().host().unwrap_or_default().to_owned());
    if let Some(place) = span.place()
        && let Ok(place) = http::HeaderValue::from_str(&place.to_string())
    {
        request.headers_mut().insert(TRACEPARENT, place);
    }
    span
}
