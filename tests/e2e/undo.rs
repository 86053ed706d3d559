//! The last change of a task is taken back.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

use crate::{delete, patch};

#[tokio::test]
async fn the_last_change_is_taken_back_whatever_it_was() -> Result<()> {
    let spindle = Spindle::start().await?;
    let fields = json!({ "title": "as it was", "due_date": "2026-12-01", "tags": ["a"], "priority": "high" });
    let (_, first) = spindle.post("/api/tasks", &fields).await?;
    let id = first["id"].as_str().context("no id")?;
    let path = format!("/api/tasks/{id}");
    let undo = async || spindle.post(&format!("{path}/undo"), &json!({})).await;
    let other =
        json!({ "title": "another", "due_date": null, "tags": [], "timezone": "Asia/Karachi" });

    patch(&spindle, &path, &other).await?;
    let (status, undone) = undo().await?;
    assert_eq!((status, what_a_user_sees(&undone)), (200, what_a_user_sees(&first)), "{undone}");
    assert_eq!(undone["version"], 3, "it is a change of its own");
    assert_eq!(undo().await?.1["title"], "another", "taken back itself, it is made again");
    undo().await?;

    spindle.post(&format!("{path}/complete"), &json!({})).await?;
    let (_, undone) = undo().await?;
    assert_eq!(what_a_user_sees(&undone), what_a_user_sees(&first));
    let (_, done) = undo().await?;
    assert_eq!((&done["status"], done["completed_at"].is_string()), (&json!("completed"), true));
    delete(&spindle, &path).await?;
    let (_, back) = undo().await?;
    assert_eq!(what_a_user_sees(&back), what_a_user_sees(&done), "out of the trash");
    assert_eq!(back["deleted_at"], Value::Null);
    assert_eq!(undo().await?.1["status"], "deleted");

    let trail = spindle.audit(id, 11).await?;
    let actions: Vec<&str> = trail.iter().rev().filter_map(|row| row["action"].as_str()).collect();
    let expected = ["created", "updated", "updated", "updated", "updated", "completed", "reopened"];
    assert_eq!(actions[..7], expected);
    assert_eq!(actions[7..], ["completed", "deleted", "updated", "deleted"]);
    spindle.stop().await
}

#[tokio::test]
async fn a_new_task_goes_to_the_trash_and_back() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("never mind").await?;
    let path = format!("/api/tasks/{}", task["id"].as_str().context("no id")?);
    let undo = format!("{path}/undo");
    let (status, gone) = spindle.post(&undo, &json!({})).await?;
    assert_eq!((status, &gone["status"]), (200, &json!("deleted")));
    assert_eq!(spindle.get(&path).await?.0, 404);
    assert_eq!(spindle.post(&undo, &json!({})).await?.1["status"], "active");
    assert_eq!(spindle.get(&path).await?.0, 200);
    spindle.stop().await
}

#[tokio::test]
async fn what_is_said_is_undone_like_anything_else() -> Result<()> {
    let spindle = Spindle::start().await?;
    let say = async |words: &str| {
        let body = json!({ "user_input": words, "conversation_id": "c" });
        spindle.post("/chat/command", &body).await
    };
    say("buy milk tomorrow").await?;
    let (_, list) = spindle.get("/api/tasks").await?;
    let task = &list["items"][0];
    let path = format!("/api/tasks/{}", task["id"].as_str().context("no id")?);
    say("complete the milk task").await?;
    assert_eq!(spindle.get(&path).await?.1["status"], "completed");
    let (_, undone) = spindle.post(&format!("{path}/undo"), &json!({})).await?;
    assert_eq!(what_a_user_sees(&undone), what_a_user_sees(task));
    spindle.stop().await
}

#[tokio::test]
async fn an_undo_is_once_and_of_the_version_that_is_meant() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("one").await?;
    let path = format!("/api/tasks/{}", task["id"].as_str().context("no id")?);
    patch(&spindle, &path, &json!({ "title": "two" })).await?;
    let undo = async |version: &str, key: &str| {
        let request = spindle.client.post(spindle.url(&format!("{path}/undo")));
        let request = request.header("if-match", version).header("idempotency-key", key);
        answer(request.send().await?).await
    };
    assert_eq!(undo("\"1\"", "a").await?.0, 412, "what it was is not what was meant");
    let first = undo("\"2\"", "b").await?;
    assert_eq!((first.0, &first.1["title"]), (200, &json!("one")));
    assert_eq!(undo("\"2\"", "b").await?, first, "the answer was lost, and it is sent again");
    assert_eq!(spindle.get(&path).await?.1["version"], 3);
    spindle.stop().await
}

#[tokio::test]
async fn an_event_that_is_thrown_away_stands_in_the_audit_trail() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("one").await?;
    let id = task["id"].as_str().context("no id")?;
    let path = format!("/api/tasks/{id}");
    patch(&spindle, &path, &json!({ "title": "two" })).await?;
    spindle.audit(id, 2).await?;
    let database = spindle.database().await?;
    database.execute("delete from events", &[]).await?;
    let undo = format!("{path}/undo");
    let (status, undone) = spindle.post(&undo, &json!({})).await?;
    assert_eq!((status, &undone["title"]), (200, &json!("one")));

    // The audit row of that is on its way, so what is thrown away now is known by nothing.
    spindle.audit(id, 3).await?;
    database.batch_execute("delete from events; delete from audit_logs").await?;
    let (status, problem) = spindle.post(&undo, &json!({})).await?;
    assert_eq!((status, &problem["type"]), (409, &json!("/problems/nothing-to-undo")), "{problem}");
    spindle.stop().await
}

/// All but how often and when it changed.
fn what_a_user_sees(task: &Value) -> Value {
    let mut task = task.clone();
    for field in ["version", "updated_at"] {
        task[field].take();
    }
    task
}
