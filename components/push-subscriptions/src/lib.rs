//! `/api/push-subscriptions`: the browsers that people are told in.

use domain::NewPushSubscription;
use serde_json::json;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::{http_component, variables};
use store::push_subscriptions;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    let is_all = service::path_of(&request) == "/api/push-subscriptions";
    let methods: &[Method] = if is_all { &[Method::Get, Method::Post] } else { &[Method::Delete] };
    service::serve("push-subscriptions", methods, request, async |mut request| {
        match request.method {
            Method::Post => create(&mut request).await,
            Method::Delete => delete(&request),
            _ => list(&request),
        }
    })
    .await
}

/// POST /api/push-subscriptions
async fn create(request: &mut Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let subscription = NewPushSubscription::parse(request.json().await?)?;
    let most = service::count("push_subscriptions_per_user")?;
    let taken = push_subscriptions::insert(&user, &subscription, most)?
        .ok_or(Error::Taken("there are as many subscriptions as a user may have; delete one"))?;
    service::json_with_status(201, &taken)
}

/// GET /api/push-subscriptions
///
/// With the key that a browser subscribes by (`applicationServerKey`); null: pushes are off.
fn list(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let key = variables::get("vapid_private_key")?;
    let public_key = match key.as_str() {
        "" => None,
        key => Some(
            identity::VapidKey::parse(key)
                .map_err(|_| Error::Misconfigured("vapid_private_key"))?
                .public_key(),
        ),
    };
    let items = push_subscriptions::list_by_user(&user)?;
    service::json(&json!({ "items": items, "public_key": public_key }))
}

/// DELETE /api/push-subscriptions/:id
fn delete(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let id = request.path_id(SUBSCRIPTION)?;
    if !push_subscriptions::delete(&user, id)? {
        return Err(Error::NotFound(SUBSCRIPTION));
    }
    service::json(&json!({"status": "deleted", "push_subscription_id": id.to_string()}))
}

const SUBSCRIPTION: &str = "Push subscription";
