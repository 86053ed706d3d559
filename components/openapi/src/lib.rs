//! `/api/openapi.json`: what the API takes and answers.

use service::{Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

/// As `contract` makes it; its test compares them.
const DOCUMENT: &str = include_str!("../openapi.json");

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("openapi", &[Method::Get], request, show).await
}

/// GET /api/openapi.json
async fn show(request: Request) -> Result<Response> {
    Ok(service::unchanging(&request, "application/json", DOCUMENT))
}
