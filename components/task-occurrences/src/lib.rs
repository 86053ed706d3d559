//! `/api/tasks/:id/occurrences`: when a task comes back.

use domain::{OccurrenceQuery, Scope, Time};
use serde_json::json;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("task-occurrences", &[Method::Get], request, async |request| show(&request))
        .await
}

/// GET /api/tasks/:id/occurrences?n=
fn show(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksRead)?;
    let id = request.path_id("Task")?;
    let OccurrenceQuery { n } = OccurrenceQuery::parse(request.query())?;
    let task = store::tasks::select(&user, id)?.ok_or(Error::NotFound("Task"))?;
    service::json(&json!({ "items": task.upcoming(n, Time::now())? }))
}
