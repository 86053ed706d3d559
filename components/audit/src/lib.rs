//! `/api/audit`: who changed what.

use domain::{AuditQuery, Scope};
use service::{Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("audit", &[Method::Get], request, list).await
}

/// GET /api/audit?entity_id=&entity_type=&action=&actor_id=&correlation_id=&since=&until=&limit=&cursor=
async fn list(request: Request) -> Result<Response> {
    let user = service::authenticate(&request, Scope::Audit)?;
    let wanted = AuditQuery::parse(request.query())?;
    service::json(&store::audit_logs::list_by_user(&user, &wanted)?)
}
