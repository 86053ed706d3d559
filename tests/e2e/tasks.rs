//! The customer's task contract.

use anyhow::Result;
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

use crate::{delete, patch};

#[tokio::test]
async fn a_task_lives_from_creation_to_deletion() -> Result<()> {
    let spindle = Spindle::start().await?;

    let body = json!({ "title": "  Buy milk ", "priority": "high", "tags": ["home"], "due_date": "2026-12-24T15:00:00+05:00" });
    let response = spindle.client.post(spindle.url("/api/tasks")).json(&body).send().await?;
    let location = response.headers()["location"].to_str()?.to_owned();
    let (status, task) = answer(response).await?;
    assert_eq!(status, 200, "{task}");
    let id = task["id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(location, format!("/api/tasks/{id}"));
    assert_eq!(task["title"], "Buy milk");
    assert_eq!(task["priority"], "high");
    assert_eq!(task["tags"], json!(["home"]));
    assert_eq!(task["due_date"], "2026-12-24T10:00:00Z");
    assert_eq!(task["status"], "active");

    let path = format!("/api/tasks/{id}");
    assert_eq!(spindle.get(&path).await?, (200, task.clone()));

    let change = json!({ "title": "Buy oat milk", "due_date": null });
    let (status, patched) = patch(&spindle, &path, &change).await?;
    assert_eq!(status, 200, "{patched}");
    assert_eq!(patched["title"], "Buy oat milk");
    assert_eq!(patched["due_date"], Value::Null, "null clears");
    assert_eq!(patched["priority"], "high", "absent leaves as it is");

    let (status, completed) = spindle.post(&format!("{path}/complete"), &json!({})).await?;
    assert_eq!((status, &completed["status"]), (200, &json!("completed")));
    assert!(completed["completed_at"].is_string());
    let again = spindle.post(&format!("{path}/complete"), &json!({})).await?;
    assert_eq!(again, (200, completed), "completing twice changes nothing");

    let deleted = delete(&spindle, &path).await?;
    assert_eq!(deleted, (200, json!({ "status": "deleted", "task_id": id })));
    assert_eq!(spindle.get(&path).await?.0, 404);
    assert_eq!(delete(&spindle, &path).await?.0, 404, "deleting twice");

    let trail = spindle.audit(&id, 4).await?;
    let actions: Vec<&str> = trail.iter().rev().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(actions, ["created", "updated", "completed", "deleted"], "one row per change");
    spindle.stop().await
}

#[tokio::test]
async fn a_task_has_the_customers_defaults() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("call mom").await?;
    assert_eq!(task["priority"], "medium");
    assert_eq!(task["tags"], json!([]));
    assert_eq!(task["due_date"], Value::Null);
    assert_eq!(task["description"], Value::Null);
    spindle.stop().await
}

#[tokio::test]
async fn the_list_is_paged_newest_first_without_gaps() -> Result<()> {
    let spindle = Spindle::start().await?;
    for number in 0..7 {
        spindle.create(&format!("task {number}")).await?;
    }
    let mut titles = Vec::new();
    let mut path = "/api/tasks?limit=3".to_owned();
    loop {
        let (status, page) = spindle.get(&path).await?;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().cloned().unwrap_or_default();
        titles.extend(items.iter().filter_map(|task| task["title"].as_str()).map(str::to_owned));
        // What is created meanwhile is newer, and moves nothing.
        spindle.create("late").await?;
        match page["next"].as_str() {
            Some(cursor) => path = format!("/api/tasks?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..7).rev().map(|number| format!("task {number}")).collect();
    assert_eq!(titles, expected);
    spindle.stop().await
}

#[tokio::test]
async fn the_list_can_be_of_one_status() -> Result<()> {
    let spindle = Spindle::start().await?;
    let mut ids = Vec::new();
    for number in 0..4 {
        let task = spindle.create(&format!("task {number}")).await?;
        ids.push(task["id"].clone());
    }
    for id in &ids[..2] {
        let path = format!("/api/tasks/{}/complete", id.as_str().unwrap_or_default());
        assert_eq!(spindle.post(&path, &json!({})).await?.0, 200);
    }
    for (status, newest, oldest) in [("completed", 1, 0), ("active", 3, 2)] {
        let path = format!("/api/tasks?status={status}&limit=1");
        let (_, first) = spindle.get(&path).await?;
        let cursor = first["next"].as_str().unwrap_or_default();
        let (_, second) = spindle.get(&format!("{path}&cursor={cursor}")).await?;
        assert_eq!(first["items"][0]["id"], ids[newest], "{status}: {first}");
        assert_eq!(second["items"][0]["id"], ids[oldest], "{status}: {second}");
        assert_eq!(second["next"], Value::Null, "{status}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_day_stays_that_day_whatever_changes() -> Result<()> {
    let spindle = Spindle::start().await?;
    // Clocks are set back to midnight: in Havana, this day begins twice.
    let body = json!({ "title": "vote", "due_date": "2026-11-01", "timezone": "America/Havana" });
    let (status, mut task) = spindle.post("/api/tasks", &body).await?;
    assert_eq!(status, 200, "{task}");
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap_or_default());
    for change in [
        json!({ "title": "vote early" }),
        json!({ "timezone": "Pacific/Kiritimati" }),
        json!({ "timezone": "america/havana" }),
    ] {
        (_, task) = patch(&spindle, &path, &change).await?;
        assert_eq!(
            (&task["due_date"], &task["all_day"]),
            (&json!("2026-11-01"), &json!(true)),
            "{change}: {task}"
        );
    }
    assert_eq!(task["timezone"], "America/Havana", "as IANA spells it");
    spindle.stop().await
}

#[tokio::test]
async fn health_and_readiness_say_what_the_customer_asked_for() -> Result<()> {
    let spindle = Spindle::start().await?;
    assert_eq!(spindle.get("/health").await?, (200, json!({ "status": "healthy" })));
    let (status, ready) = spindle.get("/ready").await?;
    assert_eq!(status, 200, "{ready}");
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["database"], "connected");

    let database = spindle.database().await?;
    database.batch_execute("alter table refinery_schema_history rename to elsewhere").await?;
    assert_eq!(
        spindle.get("/ready").await?,
        (503, json!({ "status": "not_ready", "database": "not migrated" }))
    );
    spindle.stop().await
}
