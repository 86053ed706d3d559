//! A change leaves its row in the audit trail, by way of Kafka.

use anyhow::Result;
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

use crate::patch;

#[tokio::test]
async fn a_correlation_id_goes_from_the_request_to_the_audit_row() -> Result<()> {
    let spindle = Spindle::start().await?;
    let response = spindle
        .client
        .post(spindle.url("/api/tasks"))
        .header("X-Correlation-ID", "walk-42")
        .json(&json!({ "title": "traced" }))
        .send()
        .await?;
    assert_eq!(response.headers()["x-correlation-id"], "walk-42");
    let (_, task) = answer(response).await?;
    let id = task["id"].as_str().unwrap_or_default();

    let rows = spindle.audit(id, 1).await?;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row["correlation_id"], "walk-42");
    assert_eq!(row["action"], "created");
    assert_eq!(row["entity_type"], "task");
    assert_eq!(row["actor_type"], "user");
    assert_eq!(row["old_values"], Value::Null);
    assert_eq!(row["new_values"], task);

    let (status, found) = spindle.get("/api/audit?correlation_id=walk-42").await?;
    assert_eq!((status, &found["items"][0]["entity_id"]), (200, &json!(id)));
    spindle.stop().await
}

#[tokio::test]
async fn a_request_without_a_correlation_id_gets_one() -> Result<()> {
    let spindle = Spindle::start().await?;
    for unusable in [None, Some("two words are none"), Some("")] {
        let mut request =
            spindle.client.post(spindle.url("/api/tasks")).json(&json!({ "title": "x" }));
        if let Some(value) = unusable {
            request = request.header("X-Correlation-ID", value);
        }
        let response = request.send().await?;
        let made = response.headers()["x-correlation-id"].to_str()?.to_owned();
        assert!(uuid::Uuid::parse_str(&made).is_ok(), "{made} for {unusable:?}");
        let (_, task) = answer(response).await?;
        let rows = spindle.audit(task["id"].as_str().unwrap_or_default(), 1).await?;
        assert_eq!(rows[0]["correlation_id"], json!(made));
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_change_is_told_with_old_and_new_values() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("before").await?;
    let id = task["id"].as_str().unwrap_or_default();
    let path = format!("/api/tasks/{id}");
    let (_, changed) = patch(&spindle, &path, &json!({ "title": "after" })).await?;
    let rows = spindle.audit(id, 2).await?;
    assert_eq!(rows[0]["action"], "updated");
    assert_eq!(rows[0]["old_values"], task);
    assert_eq!(rows[0]["new_values"], changed);
    spindle.stop().await
}

#[tokio::test]
async fn the_trail_is_searched_by_actor_and_time() -> Result<()> {
    let spindle = Spindle::start().await?;
    let (first, second) = (spindle.create("first").await?, spindle.create("second").await?);
    for task in [&first, &second] {
        spindle.audit(task["id"].as_str().unwrap_or_default(), 1).await?;
    }
    let titles = async |query: String| -> Result<Vec<Value>> {
        let (status, found) = spindle.get(&format!("/api/audit?entity_type=task&{query}")).await?;
        anyhow::ensure!(status == 200, "{found}");
        let items = found["items"].as_array().cloned().unwrap_or_default();
        Ok(items.iter().map(|row| row["new_values"]["title"].clone()).collect())
    };
    let (user, at) = (first["user_id"].as_str(), second["created_at"].as_str());
    let (user, at) = (user.unwrap_or_default(), at.unwrap_or_default());
    assert_eq!(titles(format!("actor_id={user}")).await?, ["second", "first"]);
    assert_eq!(titles("actor_id=relay".to_owned()).await?, Vec::<Value>::new());
    assert_eq!(titles(format!("since={at}")).await?, ["second"]);
    assert_eq!(titles(format!("until={at}")).await?, ["first"]);
    assert_eq!(titles(format!("since={at}&until={at}")).await?, Vec::<Value>::new());
    let id = first["id"].as_str().unwrap_or_default();
    assert_eq!(titles(format!("entity_id={id}&since={at}")).await?, Vec::<Value>::new());
    assert_eq!(spindle.get("/api/audit?since=yesterday").await?.0, 422);
    spindle.stop().await
}
