//! `/api/tasks/:id/restore`: take a task out of the trash.

use service::{Method, Response, Step};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-restore", &[Method::Post], request, async |request| {
        service::take_step(request, Step::Restore).await
    })
    .await
}
