//! Spindle as its users meet it: over HTTP, with a real Postgres and a real broker, each test on a system of its own,
//! under either host.

mod accounts;
mod audit;
mod bad_input;
mod batch;
mod changes;
mod chat;
mod description;
mod idempotency;
mod isolation;
mod lists;
mod mcp;
mod parse;
mod races;
mod reminders;
mod series;
mod tasks;
mod trash;
mod undo;
mod versions;
mod webhooks;

use anyhow::Result;
use serde_json::Value;
use spindle_tests::{Spindle, answer};

/// PATCHes JSON, whatever the status.
async fn patch(spindle: &Spindle, path: &str, body: &Value) -> Result<(u16, Value)> {
    answer(spindle.client.patch(spindle.url(path)).json(body).send().await?).await
}

/// DELETEs, whatever the status.
async fn delete(spindle: &Spindle, path: &str) -> Result<(u16, Value)> {
    answer(spindle.client.delete(spindle.url(path)).send().await?).await
}
