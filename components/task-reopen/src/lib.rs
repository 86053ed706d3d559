//! `/api/tasks/:id/reopen`: make a completed task active again.

use service::{Method, Response, Step};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-reopen", &[Method::Post], request, async |request| {
        service::take_step(request, Step::Reopen).await
    })
    .await
}
