//! `/api/tasks`: create a task, list one's tasks.

use domain::{NewTask, Scope, TaskQuery};
use service::{Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("tasks", &[Method::Get, Method::Post], request, async |request| {
        match request.method {
            Method::Post => create(request).await,
            _ => list(&request),
        }
    })
    .await
}

/// POST /api/tasks
async fn create(mut request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::TasksWrite)?;
    let task = NewTask::parse(request.json().await?)?;
    let key = request.idempotency_key().await?;
    let created = store::tasks::insert(&user, &request.origin, &task, key.as_ref())?;
    service::created(&created)
}

/// GET /api/tasks?status=&priority=&tag=&due_before=&due_after=&q=&filter=&sort=&timezone=&limit=&cursor=
fn list(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksRead)?;
    match TaskQuery::parse(request.query())? {
        TaskQuery::Newest { status, page } => {
            service::json(&store::tasks::list_newest(&user, status, &page)?)
        }
        TaskQuery::Chosen(wanted) => service::json(&store::tasks::list_chosen(&user, &wanted)?),
    }
}
