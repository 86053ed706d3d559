//! What a trigger shows of itself over HTTP: `/metrics`, `/livez`, `/readyz`.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How long a client may take to send its request.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections at once: Prometheus', the probes', and a person's.
const CONNECTIONS: usize = 32;

/// What is known of the triggers of an application.
pub struct Monitor {
    registry: Mutex<Registry>,
    groups: Vec<Arc<Health>>,
}

/// Whether a group works.
#[derive(Default)]
pub(crate) struct Health {
    group: String,
    joined: AtomicBool,
    away: AtomicBool,
    left: AtomicBool,
}

/// Where a member of a group stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has no answer of the group yet.
    Joining,
    /// It takes what the group gives it.
    Consuming,
    /// No broker answers.
    Away,
    /// It has ended.
    Left,
}

impl Health {
    pub(crate) fn new(group: &str) -> Arc<Self> {
        Arc::new(Self { group: group.to_owned(), ..Self::default() })
    }

    /// The group has given it its partitions, none perhaps.
    pub(crate) fn joined(&self) {
        self.joined.store(true, Ordering::Relaxed);
    }

    /// No broker answers, or one does again.
    pub(crate) fn away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// It works no more.
    pub(crate) fn left(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    fn state(&self) -> State {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        match () {
            () if is(&self.left) => State::Left,
            () if is(&self.away) => State::Away,
            () if is(&self.joined) => State::Consuming,
            () => State::Joining,
        }
    }
}

impl Monitor {
    pub(crate) fn new(registry: Registry, groups: Vec<Arc<Health>>) -> Self {
        Self { registry: Mutex::new(registry), groups }
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
            "/livez" => {
                json_of(!self.groups.iter().any(|group| group.state() == State::Left), self)
            }
            "/readyz" => {
                json_of(self.groups.iter().all(|group| group.state() == State::Consuming), self)
            }
            _ => (
                StatusCode::NOT_FOUND,
                "text/plain",
                "try /metrics, /livez or /readyz\n".to_owned(),
            ),
        };
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
        response
    }

    fn metrics(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        prometheus_text::encode(&mut text, &registry)?;
        Ok(text)
    }

    fn groups(&self) -> Value {
        self.groups
            .iter()
            .map(|group| {
                let state = match group.state() {
                    State::Joining => "joining",
                    State::Consuming => "consuming",
                    State::Away => "Kafka is away",
                    State::Left => "left",
                };
                (group.group.clone(), Value::from(state))
            })
            .collect()
    }
}

fn json_of(well: bool, monitor: &Monitor) -> (StatusCode, &'static str, String) {
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if well { "ok" } else { "unavailable" };
    let body = json!({ "status": word, "groups": monitor.groups() });
    (status, "application/json", format!("{body}\n"))
}
