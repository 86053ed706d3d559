//! Talking to it.

mod conversation;
mod history;
mod hostile;
mod model;
mod races;
mod walk;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use spindle_tests::Spindle;

/// Says something in a conversation, and returns what is answered.
async fn say(spindle: &Spindle, conversation: &str, sentence: &str) -> Result<Value> {
    say_in(spindle, conversation, sentence, None).await
}

/// As [`say`], in a time zone.
async fn say_in(
    spindle: &Spindle,
    conversation: &str,
    sentence: &str,
    timezone: Option<&str>,
) -> Result<Value> {
    let body = json!({
        "user_input": sentence, "conversation_id": conversation, "timezone": timezone,
    });
    let (status, answer) = spindle.post("/chat/command", &body).await?;
    ensure!(status == 200, "{sentence}: {status} {answer}");
    Ok(answer)
}

/// What is said, without the rest of the answer.
fn text(answer: &Value) -> &str {
    answer["response"].as_str().unwrap_or_default()
}

/// The task of this title, whatever its status.
async fn task(spindle: &Spindle, title: &str) -> Result<Value> {
    let (_, list) = spindle.get("/api/tasks?limit=100").await?;
    let items = list["items"].as_array().context("no items")?;
    let found = items.iter().find(|task| task["title"] == title);
    found.cloned().with_context(|| format!("no task {title} in {list}"))
}

/// The titles of one status, the oldest first.
async fn titles(spindle: &Spindle, status: &str) -> Result<Vec<String>> {
    let (_, list) = spindle.get(&format!("/api/tasks?limit=100&status={status}")).await?;
    let items = list["items"].as_array().context("no items")?;
    let titles = items.iter().rev().filter_map(|task| task["title"].as_str());
    Ok(titles.map(str::to_owned).collect())
}

/// How many days after its creation a task is due, and when on that day, in its time zone.
async fn due(spindle: &Spindle, title: &str) -> Result<(i32, String)> {
    let database = spindle.database().await?;
    let row = database
        .query_one(
            "select (due_date at time zone timezone)::date - (created_at at time zone timezone)::date,
                    to_char(due_date at time zone timezone, 'HH24:MI')
               from tasks where title = $1",
            &[&title],
        )
        .await?;
    Ok((row.get(0), row.get(1)))
}
