//! `/health`: whether the process can answer at all. It asks nobody else.

use serde_json::json;
use service::{Method, Response};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("health", &[Method::Get], request, async |_| {
        service::json(&json!({"status": "healthy"}))
    })
    .await
}
