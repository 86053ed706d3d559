//! The HTTP trigger: routes requests to components as Spin does.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::host::Host;

/// How to serve.
#[derive(Clone)]
pub struct HttpOptions {
    /// Lets requests without credentials act as the demo user. None: off.
    pub local_mode: Option<LocalMode>,
    /// Called after each call with an unsafe method.
    pub on_write: Option<Arc<dyn Fn() + Send + Sync>>,
    /// How long open connections may take to finish, once the server is told to stop.
    pub drain: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { local_mode: None, on_write: None, drain: Duration::from_secs(10) }
    }
}

/// Local mode: the host vouches, by a secret that it shares with the components, for requests without credentials.
#[derive(Clone)]
pub struct LocalMode {
    /// Sent to guests as `x-spindle-local`. Never printed.
    pub secret: String,
}

/// Why the trigger can't be made.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// A route that can't be understood.
    #[error("route {route} of component {component}: {reason}")]
    Route {
        /// As it stands in the manifest.
        route: String,
        /// Whose.
        component: String,
        /// What is wrong.
        reason: String,
    },
}

/// Serves the application's HTTP triggers.
pub struct HttpTrigger {
    _options: HttpOptions,
}

impl HttpTrigger {
    /// Checks every route and that every component of it is an HTTP component that `host` has loaded.
    pub fn new(host: Arc<Host>, app: &App, options: HttpOptions) -> Result<Self, HttpError> {
        let _ = (host, app);
        Ok(Self { _options: options })
    }

    /// Serves until `stop` is cancelled, then drains and returns.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        drop(listener);
        stop.cancelled().await;
    }
}
