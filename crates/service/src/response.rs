use domain::Task;
use serde::Serialize;
use spin_sdk::http::Response;

use crate::{Error, Result};

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

/// 200 with a task, whose version is its `ETag`.
///
/// # Errors
/// If the task can't be written as JSON.
pub fn task(task: &Task) -> Result<Response> {
    let mut response = json(task)?;
    response.set_header("etag", format!("\"{}\"", task.version));
    Ok(response)
}

/// The same for a new task (200, as the customer's API answers), with its place.
///
/// # Errors
/// If the task can't be written as JSON.
pub fn created(task: &Task) -> Result<Response> {
    let mut response = self::task(task)?;
    response.set_header("location", format!("/api/tasks/{}", task.id));
    Ok(response)
}
