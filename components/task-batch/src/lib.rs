//! `/api/tasks/batch`: many changes by one request.

use domain::{IdempotencyKey, Origin, Scope, Task, TaskBatch, TaskEdit, TaskOperation, User};
use serde_json::json;
use service::{Error, Item, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;
use store::idempotency_keys;
use store::tasks::{self, Step};

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-batch", &[Method::Post], request, batch).await
}

/// POST /api/tasks/batch
///
/// Each operation is a statement of its own: it is done with its event or not at all, whatever becomes of the others. Each
/// has its part of the request's idempotency key, too: where a batch ended in the middle and is sent again, what was done
/// is answered as it was, and the rest is tried.
async fn batch(mut request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::TasksWrite)?;
    let TaskBatch { operations } = TaskBatch::parse(request.json().await?)?;
    let key = request.idempotency_key().await?;
    let keys = key.as_ref().map(IdempotencyKey::parts).transpose()?;
    if let Some(key) = &key
        && let Some(answer) = idempotency_keys::begin(&user, key)?
    {
        return service::json(&answer);
    }
    let count = operations.len();
    let mut results = Vec::with_capacity(count);
    for (place, operation) in operations.into_iter().enumerate() {
        let key = keys.as_ref().map(|keys| keys(place));
        let done = operation
            .map_err(Error::from)
            .and_then(|operation| perform(&user, &request.origin, operation, key.as_ref()));
        let is_away = matches!(done, Err(Error::Store(store::Error::Unavailable(_))));
        let item = Item::new(&request.origin, done);
        if is_away {
            // The others would only wait for the same database. There may be more to do when this comes again.
            results.resize(count, item);
            return service::json(&json!({ "results": results }));
        }
        results.push(item);
    }
    let answer = json!({ "results": results });
    match &key {
        Some(key) => service::json(&idempotency_keys::finish(&user, key, answer)?),
        None => service::json(&answer),
    }
}

fn perform(
    user: &User,
    origin: &Origin,
    operation: TaskOperation,
    key: Option<&IdempotencyKey>,
) -> Result<Task> {
    let (id, expected, edit) = match operation {
        TaskOperation::Create(task) => return Ok(tasks::insert(user, origin, &task, key)?),
        TaskOperation::Change { id, expected, edit } => (id, expected, edit),
    };
    let expected = expected.as_ref();
    let step = |step| tasks::take(user, origin, id, step, expected, key);
    let done = match edit {
        TaskEdit::Update(patch) => tasks::update(user, origin, id, &patch, None, expected, key),
        TaskEdit::Delete => tasks::delete(user, origin, id, expected, key),
        TaskEdit::Complete => step(Step::Complete),
        TaskEdit::Reopen => step(Step::Reopen),
        TaskEdit::Restore => step(Step::Restore),
    };
    done?.ok_or(Error::NotFound("Task"))
}
