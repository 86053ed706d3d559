//! The customer's task contract.

use anyhow::Result;
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

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

    let patch = json!({ "title": "Buy oat milk", "due_date": null });
    let response = spindle.client.patch(spindle.url(&path)).json(&patch).send().await?;
    let (status, patched) = answer(response).await?;
    assert_eq!(status, 200, "{patched}");
    assert_eq!(patched["title"], "Buy oat milk");
    assert_eq!(patched["due_date"], Value::Null, "null clears");
    assert_eq!(patched["priority"], "high", "absent leaves as it is");

    let (status, completed) = spindle.post(&format!("{path}/complete"), &json!({})).await?;
    assert_eq!((status, &completed["status"]), (200, &json!("completed")));
    assert!(completed["completed_at"].is_string());
    let again = spindle.post(&format!("{path}/complete"), &json!({})).await?;
    assert_eq!(again, (200, completed), "completing twice changes nothing");

    let response = spindle.client.delete(spindle.url(&path)).send().await?;
    assert_eq!(answer(response).await?, (200, json!({ "status": "deleted", "task_id": id })));
    assert_eq!(spindle.get(&path).await?.0, 404);
    let response = spindle.client.delete(spindle.url(&path)).send().await?;
    assert_eq!(answer(response).await?.0, 404, "deleting twice");

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
async fn concurrent_completions_make_one_event() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("once").await?;
    let id = task["id"].as_str().unwrap_or_default();
    let path = format!("/api/tasks/{id}/complete");
    let empty = json!({});
    let answers =
        futures::future::try_join_all((0..20).map(|_| spindle.post(&path, &empty))).await?;
    for (status, task) in &answers {
        assert_eq!((*status, &task["status"]), (200, &json!("completed")));
    }
    spindle.audit(id, 2).await?;
    let database = spindle.database().await?;
    let row = database
        .query_one(
            "select count(*) from events where subject = $1 and event_type = 'task.completed'",
            &[&id],
        )
        .await?;
    assert_eq!(row.get::<_, i64>(0), 1);
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
    spindle.stop().await
}
