//! `/api/tasks/:id/complete`: complete a task.

use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-complete", &[Method::Post], request, complete).await
}

/// POST /api/tasks/:id/complete; whatever the body says, there is nothing to say.
async fn complete(request: Request) -> Result<Response> {
    let user = service::authenticate(&request)?;
    let id = request.path_id("Task")?;
    let completed = store::tasks::complete(&user, &request.origin, id)?;
    service::json(&completed.ok_or(Error::NotFound("Task"))?)
}
