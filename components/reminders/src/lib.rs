//! `/api/reminders`: when and where people want to hear of a task.

use domain::{NewReminder, ReminderQuery, Scope, Snooze, Time};
use serde_json::json;
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;
use store::reminders;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    let path = service::path_of(&request);
    let route = match path.as_str() {
        "/api/reminders" => Route::All,
        _ if path.ends_with("/snooze") => Route::Snooze,
        _ => Route::One,
    };
    let methods: &[Method] = match route {
        Route::All => &[Method::Get, Method::Post],
        Route::One => &[Method::Get, Method::Delete],
        Route::Snooze => &[Method::Post],
    };
    service::serve("reminders", methods, request, async |mut request| {
        match (route, &request.method) {
            (Route::All, Method::Post) => create(&mut request).await,
            (Route::All, _) => list(&request),
            (Route::One, Method::Delete) => cancel(&request),
            (Route::One, _) => show(&request),
            (Route::Snooze, _) => snooze(&mut request).await,
        }
    })
    .await
}

#[derive(Clone, Copy)]
enum Route {
    All,
    One,
    Snooze,
}

/// POST /api/reminders
async fn create(request: &mut Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksWrite)?;
    let wanted = NewReminder::parse(request.json().await?, Time::now());
    let key = request.idempotency_key().await?;
    let (reminder, _) = service::remind(&user, &request.origin, wanted, key.as_ref())?;
    let mut response = service::json_with_status(201, &reminder)?;
    response.set_header("location", format!("/api/reminders/{}", reminder.id));
    Ok(response)
}

/// GET /api/reminders?task_id=&status=&limit=&cursor=
fn list(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksRead)?;
    let wanted = ReminderQuery::parse(request.query())?;
    service::json(&reminders::list_by_user(&user, &wanted)?)
}

/// GET /api/reminders/:id
fn show(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksRead)?;
    let found = reminders::select(&user, request.path_id(REMINDER)?)?;
    service::json(&found.ok_or(Error::NotFound(REMINDER))?)
}

/// POST /api/reminders/:id/snooze
async fn snooze(request: &mut Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksWrite)?;
    let id = request.path_id(REMINDER)?;
    let until = Snooze::parse(request.json().await?, Time::now());
    let key = request.idempotency_key().await?;
    service::json(&service::snooze(&user, &request.origin, id, until, key.as_ref())?)
}

/// DELETE /api/reminders/:id
fn cancel(request: &Request) -> Result<Response> {
    let user = service::authenticate(request, Scope::TasksWrite)?;
    let id = request.path_id(REMINDER)?;
    if !reminders::delete(&user, &request.origin, id)? {
        return Err(Error::NotFound(REMINDER));
    }
    service::json(&json!({"status": "cancelled", "reminder_id": id.to_string()}))
}

const REMINDER: &str = "Reminder";
