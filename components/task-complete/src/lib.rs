//! `/api/tasks/:id/complete`: complete a task.

use domain::Scope;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;
use store::tasks::Step;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-complete", &[Method::Post], request, complete).await
}

/// POST /api/tasks/:id/complete; whatever the body says, there is nothing to say.
async fn complete(mut request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::TasksWrite)?;
    let id = request.path_id("Task")?;
    let expected = request.versions("if-match")?;
    let key = request.idempotency_key().await?;
    let taken = store::tasks::take(
        &user,
        &request.origin,
        id,
        Step::Complete,
        expected.as_ref(),
        key.as_ref(),
    )?;
    service::task(&taken.ok_or(Error::NotFound("Task"))?)
}
