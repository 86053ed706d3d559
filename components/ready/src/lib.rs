//! `/ready`: whether the service can do its work.

use domain::{Backlog, NotReady, Ready};
use service::{Method, Ollama, OllamaError, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("ready", &[Method::Get], request, ready).await
}

/// GET /ready
///
/// Events that wait for Kafka don't make the service unready: it still takes tasks, and it is the
/// relay that has work to do. Nor does a model that is away: sentences are understood without it.
async fn ready(request: Request) -> Result<Response> {
    match store::readiness::select() {
        Ok(found) if found.schema_fits => service::json(&Ready {
            status: "ready",
            database: "connected",
            kafka: Backlog { unpublished: found.unpublished, oldest_seconds: found.oldest_seconds },
            ollama: ollama(),
        }),
        Ok(_) | Err(store::Error::Unmigrated(_)) => not_ready("not migrated"),
        Err(error) => {
            service::warn(&request.origin, "not ready", &error);
            not_ready("unreachable")
        }
    }
}

fn ollama() -> &'static str {
    match Ollama::configured() {
        Ok(ollama) => ollama.state(),
        Err(OllamaError::NotConfigured) => "not configured",
        Err(OllamaError::Variable(_)) => "degraded: misconfigured",
    }
}

fn not_ready(database: &'static str) -> Result<Response> {
    service::json_with_status(503, &NotReady { status: "not_ready", database })
}
