//! What a process shows of itself over HTTP: `/metrics` for Prometheus, `/livez` and `/readyz`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How long a client may take to send its request.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections at once: Prometheus', the probes', and a person's.
const CONNECTIONS: usize = 32;

/// Something that works in this process, such as the member of a consumer group.
pub trait Part: Send + Sync {
    /// Its name among its like.
    fn name(&self) -> &str;
    /// How it is now.
    fn state(&self) -> State;
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// In a word or two, for people.
    pub word: &'static str,
    /// Whether it will work again without being started anew.
    pub alive: bool,
    /// Whether it does what it is there for.
    pub ready: bool,
}

/// What is known of the parts of a process. All are told of before it serves.
#[derive(Default)]
pub struct Monitor {
    registry: Mutex<Registry>,
    parts: BTreeMap<&'static str, Vec<Arc<dyn Part>>>,
}

impl Monitor {
    /// Where metrics are registered.
    pub fn registry(&mut self) -> &mut Registry {
        self.registry.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a part too, among those of its kind, such as `groups`.
    pub fn watch(&mut self, kind: &'static str, part: Arc<dyn Part>) {
        self.parts.entry(kind).or_default().push(part);
    }

    /// Serves until `shutdown`.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: CancellationToken) {
        let slots = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS));
        while let Some(Ok(slot)) =
            shutdown.run_until_cancelled(Arc::clone(&slots).acquire_owned()).await
        {
            let stream = match shutdown.run_until_cancelled(listener.accept()).await {
                Some(Ok((stream, _))) => stream,
                Some(Err(error)) => {
                    warn!(%error, "can't accept a connection for metrics");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
                None => return,
            };
            let monitor = Arc::clone(&self);
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let response = monitor.answer(&request);
                    async { Ok::<_, Infallible>(response) }
                });
                let served = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(PATIENCE)
                    .serve_connection(TokioIo::new(stream), service);
                if let Err(error) = served.await {
                    debug!(%error, "a connection for metrics broke");
                }
                drop(slot);
            });
        }
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let (status, kind, body) = match request.uri().path() {
            "/metrics" => match self.metrics() {
                Ok(metrics) => (StatusCode::OK, "text/plain; version=0.0.4", metrics),
                Err(error) => {
                    warn!(%error, "can't write metrics");
                    (StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "no metrics\n".to_owned())
                }
            },
            "/livez" => self.health(|state| state.alive),
            "/readyz" => self.health(|state| state.ready),
            _ => (
                StatusCode::NOT_FOUND,
                "text/plain",
                "try /metrics, /livez or /readyz\n".to_owned(),
            ),
        };
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }

    fn metrics(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        prometheus_text::encode(&mut text, &registry)?;
        Ok(text)
    }

    /// Whether all parts are well, and how each is.
    fn health(&self, is_well: fn(State) -> bool) -> (StatusCode, &'static str, String) {
        let mut well = true;
        let mut body = Map::new();
        for (kind, parts) in &self.parts {
            let mut words = Map::new();
            for part in parts {
                let state = part.state();
                well &= is_well(state);
                words.insert(part.name().to_owned(), state.word.into());
            }
            body.insert((*kind).to_owned(), words.into());
        }
        let (status, word) = match well {
            true => (StatusCode::OK, "ok"),
            false => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        body.insert("status".to_owned(), word.into());
        (status, "application/json", format!("{}\n", Value::Object(body)))
    }
}
