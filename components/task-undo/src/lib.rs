//! `/api/tasks/:id/undo`: take the last change of a task back.

use domain::Scope;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-undo", &[Method::Post], request, undo).await
}

/// POST /api/tasks/:id/undo
async fn undo(mut request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::TasksWrite)?;
    let id = request.path_id("Task")?;
    let expected = request.versions("if-match")?;
    let key = request.idempotency_key().await?;
    let (expected, key) = (expected.as_ref(), key.as_ref());
    let task = store::tasks::undo(&user, &request.origin, id, expected, key)?;
    service::task(&task.ok_or(Error::NotFound("Task"))?)
}
