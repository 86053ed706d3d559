//! The HTTP trigger: routes requests to components as Spin does.
//!
//! Errors of the host are problem documents. Stricter than Spin: bodies and calls are bounded, a client can't say what
//! only the host may, and a response whose component failed in the middle of it does not look whole.

mod body;
mod handler;
mod headers;
mod local_mode;
mod metrics;
mod problem;
mod router;
mod server;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::component::Component;
use crate::host::Host;
use crate::monitor::Monitor;
use headers::RouteHeaders;
use local_mode::Gate;
use metrics::Metrics;
use router::Router;

pub use local_mode::{LocalMode, is_loopback};

/// A response's body.
type Body = UnsyncBoxBody<Bytes, wasmtime_wasi_http::Error>;

/// How to serve.
#[derive(Clone)]
pub struct HttpOptions {
    /// Lets requests without credentials act as the demo user. None: off.
    pub local_mode: Option<LocalMode>,
    /// Called after each call with an unsafe method, also one that failed.
    pub on_write: Option<Arc<dyn Fn() + Send + Sync>>,
    /// How long open connections may take to finish, once the server is told to stop.
    pub drain: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { local_mode: None, on_write: None, drain: Duration::from_secs(10) }
    }
}

/// Why HTTP can't be served.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// A trigger that can't be understood.
    #[error("HTTP trigger {trigger}: {reason}")]
    Trigger {
        /// Its id.
        trigger: String,
        /// What is wrong.
        reason: String,
    },
    /// The component is not loaded.
    #[error("component {0} is not loaded")]
    NotLoaded(String),
    /// The component doesn't export `wasi:http/incoming-handler@0.2`.
    #[error(
        "component {0} is no HTTP component: it does not export wasi:http/incoming-handler@0.2"
    )]
    NotHttp(String),
    /// The secret of local mode can't stand in a header.
    #[error("the secret of local mode has characters that a header can't have")]
    Secret,
    /// Local mode on an address that others can reach.
    #[error("local mode needs a loopback address, and {0} is none")]
    LocalMode(SocketAddr),
}

/// Serves the application's HTTP triggers.
pub struct HttpTrigger(Arc<Site>);

/// What all requests share.
struct Site {
    router: Router<Target>,
    gate: Option<Gate>,
    on_write: Option<Arc<dyn Fn() + Send + Sync>>,
    drain: Duration,
    /// Connections at one time.
    connections: usize,
    /// Bytes of request bodies that are still on their way.
    room: Arc<Semaphore>,
    /// What `/.well-known/spin/info` answers.
    info: Bytes,
    metrics: Metrics,
}

/// Where a route leads.
struct Target {
    component: Arc<Component>,
    headers: RouteHeaders,
}

/// A `[[trigger.http]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TriggerConfig {
    route: Route,
    executor: Option<Executor>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Route {
    Path(String),
    /// Reached by no request from outside; and from inside, this host has no calls between components.
    Private {
        private: bool,
    },
}

#[derive(Deserialize)]
struct Executor {
    r#type: String,
}

impl HttpTrigger {
    /// Checks every route, and that each leads to an HTTP component that `host` has loaded. What is counted, `monitor` shows.
    pub fn new(
        host: Arc<Host>,
        app: &App,
        options: HttpOptions,
        monitor: &mut Monitor,
    ) -> Result<Self, HttpError> {
        let mut router = Router::new();
        for trigger in app.triggers_of("http") {
            let refused =
                |reason: String| HttpError::Trigger { trigger: trigger.id.clone(), reason };
            let config: TriggerConfig = serde_json::from_value(trigger.config.clone())
                .map_err(|error| refused(error.to_string()))?;
            let component = host
                .component(&trigger.component)
                .ok_or_else(|| HttpError::NotLoaded(trigger.component.clone()))?;
            if component.http.is_none() {
                return Err(HttpError::NotHttp(trigger.component.clone()));
            }
            if let Some(Executor { r#type }) =
                config.executor.filter(|executor| executor.r#type != "http")
            {
                return Err(refused(format!("there is no executor {type}, only http")));
            }
            let route = match config.route {
                Route::Path(route) => route,
                Route::Private { private: true } => continue,
                Route::Private { private: false } => {
                    return Err(refused("a route is a path or { private = true }".into()));
                }
            };
            let headers = RouteHeaders::new(&route)
                .ok_or_else(|| refused(format!("{route}: not visible ASCII")))?;
            let target = Target { component: component.clone(), headers };
            if let Some(replaced) = router
                .add(&route, target)
                .map_err(|reason| refused(format!("{route}: {reason}")))?
            {
                tracing::warn!(
                    route,
                    component = replaced.component.id(),
                    "the route stands twice: only the later one is reached"
                );
            }
        }
        let info = serde_json::json!({ "name": app.name, "version": app.version });
        Ok(Self(Arc::new(Site {
            router,
            gate: options
                .local_mode
                .as_ref()
                .map(|mode| Gate::new(mode).ok_or(HttpError::Secret))
                .transpose()?,
            on_write: options.on_write,
            drain: options.drain,
            connections: host.runtime.limits.connections,
            room: Arc::new(Semaphore::new(body::GATHERED)),
            info: info.to_string().into(),
            metrics: Metrics::new(monitor.registry()),
        })))
    }

    /// Serves until `stop` is cancelled; then takes no more connections, lets those that are open finish what they are at
    /// (for `HttpOptions::drain` at most), and returns.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> Result<(), HttpError> {
        if let (Some(_), Ok(address)) = (&self.0.gate, listener.local_addr())
            && !address.ip().is_loopback()
        {
            return Err(HttpError::LocalMode(address));
        }
        server::serve(self.0, listener, stop).await;
        Ok(())
    }
}
