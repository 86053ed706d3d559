//! Nobody meets another user's data.

use anyhow::Result;
use serde_json::json;
use spindle_tests::Spindle;

use crate::{delete, patch};

#[tokio::test]
async fn another_users_task_is_not_there() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("somebody's").await?;
    let id = task["id"].as_str().unwrap_or_default();
    let trail = spindle.audit(id, 1).await?;
    let correlation_id = trail[0]["correlation_id"].as_str().unwrap_or_default();
    let database = spindle.database().await?;
    for table in ["tasks", "audit_logs"] {
        let give_away = format!("update {table} set user_id = gen_random_uuid()");
        assert_eq!(database.execute(&give_away, &[]).await?, 1);
    }

    let path = format!("/api/tasks/{id}");
    for (status, problem) in [
        spindle.get(&path).await?,
        patch(&spindle, &path, &json!({ "title": "mine" })).await?,
        spindle.post(&format!("{path}/complete"), &json!({})).await?,
        delete(&spindle, &path).await?,
    ] {
        assert_eq!((status, &problem["detail"]), (404, &json!("Task not found")));
    }
    for list in [
        "/api/tasks",
        "/api/tasks?status=active",
        "/api/audit",
        &format!("/api/audit?entity_id={id}"),
        &format!("/api/audit?correlation_id={correlation_id}"),
    ] {
        assert_eq!(spindle.get(list).await?, (200, json!({ "items": [], "next": null })), "{list}");
    }

    let row = database
        .query_one("select title, version, (select count(*) from events) from tasks", &[])
        .await?;
    assert_eq!(
        (row.get::<_, String>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)),
        ("somebody's".to_owned(), 1, 1),
        "nothing was written"
    );
    spindle.stop().await
}
