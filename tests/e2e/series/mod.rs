//! Tasks that come back.

mod continuing;
mod editing;
mod looking_ahead;
mod withdrawing;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use spindle_tests::{Spindle, eventually};

/// A new task.
async fn new(spindle: &Spindle, document: Value) -> Result<Value> {
    let (status, task) = spindle.post("/api/tasks", &document).await?;
    ensure!(status == 200, "{status}: {task}");
    Ok(task)
}

/// POSTs a step of a task, which must succeed.
async fn step(spindle: &Spindle, task: &Value, step: &str) -> Result<Value> {
    let (status, task) = spindle.post(&format!("{}/{step}", path(task)?), &json!({})).await?;
    ensure!(status == 200, "{step}: {status}: {task}");
    Ok(task)
}

fn path(task: &Value) -> Result<String> {
    Ok(format!("/api/tasks/{}", task["id"].as_str().context("no id")?))
}

/// All that came after a task, in the order in which it was made, when nothing more is under way.
async fn next_ones(spindle: &Spindle, task: &Value) -> Result<Vec<Value>> {
    spindle.settled("recurrence-spawn", "task-events").await?;
    let mut found = all(spindle).await?;
    found.retain(|it| it["parent_task_id"] == task["id"]);
    Ok(found)
}

async fn all(spindle: &Spindle) -> Result<Vec<Value>> {
    let (_, list) = spindle.get("/api/tasks?limit=100&sort=created").await?;
    Ok(list["items"].as_array().context("no items")?.clone())
}

/// The one that comes after a completed task.
async fn next_of(spindle: &Spindle, task: &Value) -> Result<Value> {
    eventually("the next one", async || {
        Ok(all(spindle).await?.into_iter().find(|it| it["parent_task_id"] == task["id"]))
    })
    .await
}

/// Changes a task, which must succeed.
async fn edit(spindle: &Spindle, task: &Value, query: &str, patch: Value) -> Result<Value> {
    let (status, task) = crate::patch(spindle, &format!("{}{query}", path(task)?), &patch).await?;
    ensure!(status == 200, "{status}: {task}");
    Ok(task)
}
