//! `/api/webhooks`: where a user wants to be told of what happens, and what became of telling.

use domain::{DeliveryQuery, IssuedWebhook, NewWebhook, WebhookPatch};
use serde_json::json;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    let path = service::path_of(&request);
    let route = match path.as_str() {
        "/api/webhooks" => Route::All,
        _ if path.ends_with("/deliveries") => Route::Deliveries,
        _ if path.ends_with("/retry") => Route::Retry,
        _ => Route::One,
    };
    let methods: &[Method] = match route {
        Route::All => &[Method::Get, Method::Post],
        Route::One => &[Method::Get, Method::Patch, Method::Delete],
        Route::Deliveries => &[Method::Get],
        Route::Retry => &[Method::Post],
    };
    service::serve("webhooks", methods, request, async |mut request| {
        match (route, &request.method) {
            (Route::All, Method::Post) => create(&mut request).await,
            (Route::All, _) => list(&request),
            (Route::One, Method::Patch) => update(&mut request).await,
            (Route::One, Method::Delete) => delete(&request),
            (Route::One, _) => show(&request),
            (Route::Deliveries, _) => deliveries(&request),
            (Route::Retry, _) => retry(&request),
        }
    })
    .await
}

#[derive(Clone, Copy)]
enum Route {
    All,
    One,
    Deliveries,
    Retry,
}

/// POST /api/webhooks
async fn create(request: &mut Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let wanted = NewWebhook::parse(request.json().await?)?;
    let secret = identity::webhook_secret()?;
    let most = service::count("webhooks_per_user")?;
    let about = store::webhooks::insert(&user, &request.origin, &wanted, &secret, most)?
        .ok_or(Error::Taken("there are as many webhooks as a user may have; delete one"))?;
    let location = format!("/api/webhooks/{}", about.id);
    let mut response = service::json_with_status(201, &IssuedWebhook { secret: &secret, about })?;
    response.set_header("location", location);
    Ok(response)
}

/// GET /api/webhooks
fn list(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    service::json(&json!({"items": store::webhooks::list_by_user(&user)?}))
}

/// GET /api/webhooks/:id
fn show(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let found = store::webhooks::select(&user, request.path_id(WEBHOOK)?)?;
    service::json(&found.ok_or(Error::NotFound(WEBHOOK))?)
}

/// PATCH /api/webhooks/:id
async fn update(request: &mut Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let id = request.path_id(WEBHOOK)?;
    let patch = WebhookPatch::parse(request.json().await?)?;
    let changed = store::webhooks::update(&user, &request.origin, id, &patch)?;
    service::json(&changed.ok_or(Error::NotFound(WEBHOOK))?)
}

/// DELETE /api/webhooks/:id
fn delete(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let id = request.path_id(WEBHOOK)?;
    if !store::webhooks::delete(&user, &request.origin, id)? {
        return Err(Error::NotFound(WEBHOOK));
    }
    service::json(&json!({"status": "deleted", "webhook_id": id.to_string()}))
}

/// GET /api/webhooks/:id/deliveries?state=&limit=&cursor=
fn deliveries(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let id = request.path_id(WEBHOOK)?;
    let wanted = DeliveryQuery::parse(request.query())?;
    let found = store::webhooks::deliveries(&user, id, &wanted)?;
    service::json(&found.ok_or(Error::NotFound(WEBHOOK))?)
}

/// POST /api/webhooks/:id/retry
fn retry(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let due = store::webhooks::retry(&user, request.path_id(WEBHOOK)?)?;
    service::json(&json!({"status": "due", "deliveries": due.ok_or(Error::NotFound(WEBHOOK))?}))
}

const WEBHOOK: &str = "Webhook";
