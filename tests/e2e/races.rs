//! Many requests at once for one task.

use anyhow::Result;
use futures::future::try_join_all;
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

#[tokio::test]
async fn concurrent_completions_make_one_event() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("once").await?;
    let id = task["id"].as_str().unwrap_or_default();
    let path = format!("/api/tasks/{id}/complete");
    let empty = json!({});
    let answers = try_join_all((0..50).map(|_| spindle.post(&path, &empty))).await?;
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
async fn changes_at_once_are_told_one_after_the_other() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("before").await?;
    let id = task["id"].as_str().unwrap_or_default();
    let path = format!("/api/tasks/{id}");
    let answers = try_join_all((0..20).map(|number| {
        let body = json!({ "title": format!("title {number}") });
        let request = spindle.client.patch(spindle.url(&path)).json(&body);
        async { answer(request.send().await?).await }
    }))
    .await?;
    for (status, task) in &answers {
        assert_eq!(*status, 200, "{task}");
    }
    let rows = spindle.audit(id, 21).await?;
    assert_eq!(rows.len(), 21);
    assert_eq!(rows[0]["new_values"], spindle.get(&path).await?.1);
    follow_each_other(&rows);
    spindle.stop().await
}

#[tokio::test]
async fn changes_and_a_deletion_at_once_end_with_the_deletion() -> Result<()> {
    let spindle = Spindle::start().await?;
    for _ in 0..5 {
        let task = spindle.create("before").await?;
        let id = task["id"].as_str().unwrap_or_default();
        let url = spindle.url(&format!("/api/tasks/{id}"));
        let answers = try_join_all((0..11).map(|number| {
            let body = json!({ "title": format!("title {number}") });
            let request = match number {
                5 => spindle.client.delete(&url),
                _ => spindle.client.patch(&url).json(&body),
            };
            async { answer(request.send().await?).await }
        }))
        .await?;
        assert_eq!(answers[5].0, 200, "{}", answers[5].1);
        for (status, body) in &answers {
            assert!([200, 404].contains(status), "{status}: {body}");
        }
        let changes = answers.iter().filter(|(status, _)| *status == 200).count();
        let rows = spindle.audit(id, 1 + changes).await?;
        assert_eq!(rows.len(), 1 + changes);
        assert_eq!(rows[0]["action"], "deleted");
        follow_each_other(&rows);
    }
    spindle.stop().await
}

/// Each row, the newest first, begins with what the one before it left.
fn follow_each_other(rows: &[Value]) {
    for pair in rows.windows(2) {
        assert_eq!(pair[0]["old_values"], pair[1]["new_values"]);
        assert!(
            pair[0]["new_values"]["version"].as_i64() > pair[1]["new_values"]["version"].as_i64()
        );
    }
}
