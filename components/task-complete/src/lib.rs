//! `/api/tasks/:id/complete`: complete a task.

use service::{Method, Response, Step};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-complete", &[Method::Post], request, async |request| {
        service::take_step(request, Step::Complete).await
    })
    .await
}
