//! `/api/tasks/:id`: show, change, delete one task.

use domain::{DeleteQuery, PatchQuery, Scope, TaskPatch};
use serde_json::json;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    let methods = [Method::Get, Method::Patch, Method::Delete];
    service::serve("task", &methods, request, async |request| match request.method {
        Method::Patch => update(request).await,
        Method::Delete => delete(&request),
        _ => show(&request),
    })
    .await
}

/// GET /api/tasks/:id
fn show(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksRead)?;
    let id = request.path_id("Task")?;
    let known = request.versions("if-none-match")?;
    let task = store::tasks::select(&user, id)?.ok_or(Error::NotFound("Task"))?;
    match known {
        Some(known) if known.contain(task.version) => Ok(service::not_modified(&task)),
        _ => service::task(&task),
    }
}

/// PATCH /api/tasks/:id?scope=
async fn update(mut request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::TasksWrite)?;
    let id = request.path_id("Task")?;
    let PatchQuery { scope } = PatchQuery::parse(request.query())?;
    let patch = TaskPatch::parse(request.json().await?)?;
    let expected = request.versions("if-match")?;
    let key = request.idempotency_key().await?;
    let (expected, key) = (expected.as_ref(), key.as_ref());
    let updated = store::tasks::update(&user, &request.origin, id, &patch, scope, expected, key)?;
    service::task(&updated.ok_or(Error::NotFound("Task"))?)
}

/// DELETE /api/tasks/:id?permanent=
fn delete(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksWrite)?;
    let id = request.path_id("Task")?;
    let expected = request.versions("if-match")?;
    let expected = expected.as_ref();
    let deleted = if DeleteQuery::parse(request.query())?.permanent {
        store::tasks::purge(&user, &request.origin, id, expected)?
    } else {
        store::tasks::delete(&user, &request.origin, id, expected, None)?
    };
    deleted.ok_or(Error::NotFound("Task"))?;
    service::json(&json!({"status": "deleted", "task_id": id.to_string()}))
}
