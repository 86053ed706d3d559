//! `/api/tasks/:id/skip`: leave one of a series out.

use domain::Scope;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-skip", &[Method::Post], request, skip).await
}

/// POST /api/tasks/:id/skip
async fn skip(mut request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::TasksWrite)?;
    let id = request.path_id("Task")?;
    let expected = request.versions("if-match")?;
    let key = request.idempotency_key().await?;
    let (expected, key) = (expected.as_ref(), key.as_ref());
    let skipped = store::tasks::skip(&user, &request.origin, id, expected, key)?;
    service::task(&skipped.ok_or(Error::NotFound("Task"))?)
}
