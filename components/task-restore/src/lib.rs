//! `/api/tasks/:id/restore`: take a task out of the trash.

use domain::Scope;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;
use store::tasks::Step;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-restore", &[Method::Post], request, restore).await
}

/// POST /api/tasks/:id/restore; whatever the body says, there is nothing to say.
async fn restore(mut request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::TasksWrite)?;
    let id = request.path_id("Task")?;
    let expected = request.versions("if-match")?;
    let key = request.idempotency_key().await?;
    let taken = store::tasks::take(
        &user,
        &request.origin,
        id,
        Step::Restore,
        expected.as_ref(),
        key.as_ref(),
    )?;
    service::task(&taken.ok_or(Error::NotFound("Task"))?)
}
