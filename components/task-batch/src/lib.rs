//! `/api/tasks/batch`: many changes by one request.

use domain::{Scope, TaskBatch};
use serde_json::json;
use service::{Error, Item, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-batch", &[Method::Post], request, batch).await
}

/// POST /api/tasks/batch
async fn batch(mut request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::TasksWrite)?;
    let TaskBatch { operations } = TaskBatch::parse(request.json().await?)?;
    let key = request.idempotency_key().await?;
    let origin = &request.origin;
    let operations = operations.into_iter().map(|it| it.map_err(Error::from)).collect();
    let answer = service::in_parts(
        &user,
        origin,
        key.as_ref(),
        operations,
        |operation, key| service::perform(&user, origin, operation, key),
        |_, done| json!(Item::new(origin, done)),
        |results| json!({ "results": results }),
    )?;
    service::json(&answer)
}
