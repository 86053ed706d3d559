//! `/api/conversations`: what was said, and to forget it.

use domain::{Page, Scope};
use serde_json::json;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    let path = service::path_of(&request);
    let is_list = path == "/api/conversations";
    let methods: &[Method] = if is_list { &[Method::Get] } else { &[Method::Get, Method::Delete] };
    service::serve("conversations", methods, request, async |request| {
        match (is_list, &request.method) {
            (true, _) => list(&request),
            (false, Method::Delete) => delete(&request),
            (false, _) => show(&request),
        }
    })
    .await
}

/// GET /api/conversations?limit=&cursor=
fn list(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::Chat)?;
    let wanted = Page::parse(request.query())?;
    service::json(&store::conversations::list_by_user(&user, &wanted)?)
}

/// GET /api/conversations/:id?limit=&cursor=
fn show(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::Chat)?;
    let id = request.path_id("Conversation")?;
    let wanted = Page::parse(request.query())?;
    let found = store::conversations::select(&user, id, &wanted)?;
    service::json(&found.ok_or(Error::NotFound("Conversation"))?)
}

/// DELETE /api/conversations/:id
fn delete(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::Chat)?;
    let id = request.path_id("Conversation")?;
    if !store::conversations::delete(&user, &request.origin, id)? {
        return Err(Error::NotFound("Conversation"));
    }
    service::json(&json!({"status": "deleted", "conversation_id": id.to_string()}))
}
