//! `/api/tasks/:id/undo`: take the last change of a task back.

use service::{Method, Response, Step};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-undo", &[Method::Post], request, async |request| {
        service::take_step(request, Step::Undo).await
    })
    .await
}
