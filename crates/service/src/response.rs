use domain::Task;
use serde::Serialize;
use spin_sdk::http::Response;

use crate::{Error, Request, Result};

/// 200 with a document.
///
/// # Errors
/// If the document can't be written as JSON.
pub fn json(document: &impl Serialize) -> Result<Response> {
    json_with_status(200, document)
}

/// A document with another status.
///
/// # Errors
/// If the document can't be written as JSON.
pub fn json_with_status(status: u16, document: &impl Serialize) -> Result<Response> {
    let body = serde_json::to_vec(document).map_err(Error::Answer)?;
    let mut response = Response::new(status, body);
    response.set_header("content-type", "application/json");
    Ok(response)
}

/// 200 with a task, and its version as its entity tag.
///
/// # Errors
/// If the task can't be written as JSON.
pub fn task(task: &Task) -> Result<Response> {
    let mut response = json(task)?;
    response.set_header("etag", entity_tag(task));
    Ok(response)
}

/// 304: the task is still a version that the client has.
pub fn not_modified(task: &Task) -> Response {
    let mut response = Response::new(304, ());
    response.set_header("etag", entity_tag(task));
    response
}

/// RFC 9110, 8.8.3: a strong one, because the version grows with each change.
fn entity_tag(task: &Task) -> String {
    format!("\"{}\"", task.version)
}

/// 200, as the customer's API answers, with a new task and its place.
///
/// # Errors
/// If the task can't be written as JSON.
pub fn created(created: &Task) -> Result<Response> {
    let mut response = task(created)?;
    response.set_header("location", format!("/api/tasks/{}", created.id));
    Ok(response)
}

/// 200 with what is the same until the next release, or 304 where the client has it.
pub fn unchanging(request: &Request, content_type: &str, content: &'static str) -> Response {
    // Half of it: nobody chooses what we serve.
    let fingerprint = identity::fingerprint(content.as_bytes());
    let tag = format!("\"{:.32}\"", fingerprint);
    let known = request.header("if-none-match").and_then(|it| str::from_utf8(it).ok());
    // Compared weakly (RFC 9110, 13.1.2).
    let is_known = known.is_some_and(|known| {
        let is_this = |known: &str| known.trim().trim_start_matches("W/") == tag;
        known.trim() == "*" || known.split(',').any(is_this)
    });
    let mut response = if is_known { Response::new(304, ()) } else { Response::new(200, content) };
    if !is_known {
        response.set_header("content-type", content_type);
    }
    response.set_header("etag", tag);
    // Kept, and asked for each time: an answer of 304 costs little.
    response.set_header("cache-control", "no-cache");
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_task_is_answered_with_its_place() {
        let id = "0190aaaa-0000-7000-8000-000000000001";
        let document = json!({
            "id": id, "user_id": id, "version": 3, "title": "Buy milk", "description": null,
            "due_date": "2026-12-01", "all_day": true, "timezone": "UTC", "priority": "low",
            "tags": ["home"], "status": "active", "reminder_config": null,
            "recurrence_rule": {"pattern": "daily"}, "reminder_id": null, "parent_task_id": null,
            "series_id": id, "occurrence": 1, "series_start": "2026-12-01", "series_fields": null,
            "created_at": "2026-11-21T09:00:00.12Z", "updated_at": "2026-11-21T09:00:00.12Z",
            "completed_at": null, "deleted_at": null,
        });
        let response = created(&serde_json::from_value(document.clone()).unwrap()).unwrap();
        let header = |name| response.header(name).and_then(|value| value.as_str());
        assert_eq!(*response.status(), 200);
        assert_eq!(header("etag"), Some("\"3\""));
        assert_eq!(header("location"), Some("/api/tasks/0190aaaa-0000-7000-8000-000000000001"));
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body, document, "what the database wrote comes out as it was");
    }
}
