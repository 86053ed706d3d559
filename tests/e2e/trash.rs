//! The end of a task: from the trash for good.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use spindle_tests::Spindle;

use crate::delete;

#[tokio::test]
async fn only_what_is_in_the_trash_is_deleted_for_good() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("secret").await?;
    let id = task["id"].as_str().context("no id")?;
    let path = format!("/api/tasks/{id}");
    let permanent = format!("{path}?permanent=true");
    assert_eq!(delete(&spindle, &permanent).await?.0, 404, "it is not in the trash");
    assert_eq!(spindle.get(&path).await?.0, 200, "and stays where it is");
    assert_eq!(delete(&spindle, &format!("{path}?permanent=yes")).await?.0, 422);

    assert_eq!(delete(&spindle, &path).await?.0, 200);
    let of_another_version =
        spindle.client.delete(spindle.url(&permanent)).header("if-match", "\"1\"");
    assert_eq!(of_another_version.send().await?.status(), 412);
    let purged = delete(&spindle, &permanent).await?;
    assert_eq!(purged, (200, json!({ "status": "deleted", "task_id": id })));
    assert_eq!(delete(&spindle, &permanent).await?.0, 404);
    assert_eq!(spindle.post(&format!("{path}/restore"), &json!({})).await?.0, 404);
    let left = spindle.database().await?.query_one("select count(*) from tasks", &[]).await?;
    assert_eq!(left.get::<_, i64>(0), 0);

    let trail = spindle.audit(id, 3).await?;
    let actions: Vec<&str> = trail.iter().rev().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(actions, ["created", "deleted", "purged"]);
    assert_eq!(trail[0]["old_values"]["title"], "secret", "what there was");
    assert_eq!(trail[0]["new_values"], json!({ "id": id }));
    let (_, trash) = spindle.get("/api/tasks?status=deleted").await?;
    assert_eq!((&trash["items"], &trash["next"]), (&json!([]), &Value::Null));
    spindle.stop().await
}
