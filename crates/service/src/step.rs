use domain::Scope;
use spin_sdk::http::Response;
use store::tasks::Step;

use crate::{Error, Request, Result, authenticate, response};

/// POST of a task's step: whatever the body says, there is nothing to say.
///
/// # Errors
/// If the client may not, if there is no such task, or if it is another version than `If-Match` names.
pub async fn take_step(mut request: Request, step: Step) -> Result<Response> {
    let user = authenticate(&request, Scope::TasksWrite)?;
    let id = request.path_id("Task")?;
    let expected = request.versions("if-match")?;
    let key = request.idempotency_key().await?;
    let (expected, key) = (expected.as_ref(), key.as_ref());
    let task = store::tasks::take(&user, &request.origin, id, step, expected, key)?;
    response::task(&task.ok_or(Error::NotFound("Task"))?)
}
