//! Many changes by one request.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

#[tokio::test]
async fn each_operation_has_its_own_result_in_order() -> Result<()> {
    let spindle = Spindle::start().await?;
    let (one, two) = (spindle.create("one").await?, spindle.create("two").await?);
    let nobody = "00000000-0000-7000-8000-00000000dead";
    let operations = json!([
        { "op": "create", "task": { "title": "three", "tags": ["new"] } },
        { "op": "update", "id": one["id"], "if_match": "\"1\"", "patch": { "title": "first" } },
        { "op": "update", "id": one["id"], "if_match": "\"1\"", "patch": { "title": "too late" } },
        { "op": "create", "task": { "title": "" } },
        { "op": "complete", "id": two["id"] },
        { "op": "reopen", "id": two["id"] },
        { "op": "delete", "id": two["id"] },
        { "op": "complete", "id": two["id"] },
        { "op": "restore", "id": two["id"] },
        { "op": "delete", "id": nobody },
        { "op": "create", "task": { "title": "where", "timezone": "Mars/Base" } },
        "nonsense",
    ]);
    let (status, body) =
        spindle.post("/api/tasks/batch", &json!({ "operations": operations })).await?;
    assert_eq!(status, 200, "{body}");
    let results = body["results"].as_array().context("no results")?;
    let statuses: Vec<i64> = results.iter().filter_map(|it| it["status"].as_i64()).collect();
    assert_eq!(statuses, [200, 200, 412, 422, 200, 200, 200, 404, 200, 404, 422, 422]);
    for result in results {
        let (task, problem) = (&result["task"], &result["problem"]);
        assert_eq!(task.is_object(), result["status"] == 200, "{result}");
        assert_eq!(problem.is_object(), result["status"] != 200, "{result}");
        if problem.is_object() {
            assert_eq!(problem["status"], result["status"], "{result}");
            assert!(problem["correlation_id"].is_string(), "{result}");
        }
    }
    assert_eq!(results[0]["task"]["tags"], json!(["new"]));
    assert_eq!(results[6]["task"]["status"], "deleted");
    assert!(results[3]["problem"]["detail"].as_str().is_some_and(|it| it.contains("title")));

    let first = spindle.get(&format!("/api/tasks/{}", text(&one["id"])?)).await?.1;
    assert_eq!((&first["title"], &first["version"]), (&json!("first"), &json!(2)));
    let trail = spindle.audit(text(&two["id"])?, 5).await?;
    let actions: Vec<&str> = trail.iter().rev().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(actions, ["created", "completed", "reopened", "deleted", "updated"]);
    assert_eq!(trail[0]["correlation_id"], trail[1]["correlation_id"], "one request");
    spindle.stop().await
}

#[tokio::test]
async fn a_batch_has_at_most_a_hundred_operations() -> Result<()> {
    let spindle = Spindle::start().await?;
    let create = json!({ "op": "create", "task": { "title": "one of many" } });
    let batch = |count| json!({ "operations": vec![create.clone(); count] });
    let (status, problem) = spindle.post("/api/tasks/batch", &batch(101)).await?;
    assert_eq!((status, &problem["type"]), (422, &json!("/problems/invalid-field")), "{problem}");
    let (status, body) = spindle.post("/api/tasks/batch", &batch(100)).await?;
    assert_eq!(status, 200, "{body}");
    let created = body["results"].as_array().context("no results")?;
    assert!(created.iter().all(|result| result["status"] == 200), "{body}");
    let (_, list) = spindle.get("/api/tasks?limit=100").await?;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(100));
    assert_eq!(list["next"], Value::Null);
    spindle.stop().await
}

#[tokio::test]
async fn a_batch_that_is_sent_again_does_nothing_again() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("one").await?;
    let operations = json!([
        { "op": "create", "task": { "title": "two" } },
        { "op": "update", "id": task["id"], "if_match": "\"1\"", "patch": { "title": "first" } },
        { "op": "complete", "id": task["id"], "if_match": "\"2\"" },
        { "op": "update", "id": task["id"], "if_match": "\"1\"", "patch": { "title": "too late" } },
        { "op": "delete", "id": task["id"] },
    ]);
    let send = async |operations: &Value| {
        let request = spindle.client.post(spindle.url("/api/tasks/batch"));
        let request = request.header("idempotency-key", "batch-1");
        answer(request.json(&json!({ "operations": operations })).send().await?).await
    };
    let (status, first) = send(&operations).await?;
    assert_eq!(status, 200, "{first}");
    let statuses = |body: &Value| -> Vec<Option<i64>> {
        body["results"].as_array().into_iter().flatten().map(|it| it["status"].as_i64()).collect()
    };
    assert_eq!(statuses(&first), [200, 200, 200, 412, 200].map(Some), "{first}");
    assert_eq!(send(&operations).await?, (200, first.clone()), "also what could not be done");

    // Its end is forgotten, as where the service died in the middle.
    let database = spindle.database().await?;
    let forget = "update idempotency_keys set answer = 'null' where key = 'batch-1'";
    assert_eq!(database.execute(forget, &[]).await?, 1);
    let (_, again) = send(&operations).await?;
    for place in [0, 1, 2, 4] {
        assert_eq!(again["results"][place], first["results"][place]);
    }
    assert_eq!(again["results"][3]["status"], 404, "what was not done is tried again");
    let (_, list) = spindle.get("/api/tasks").await?;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let trail = spindle.audit(text(&task["id"])?, 4).await?;
    assert_eq!(trail.len(), 4, "created, updated, completed, deleted: {trail:?}");

    let (status, problem) = send(&json!([{ "op": "create", "task": { "title": "x" } }])).await?;
    assert_eq!(status, 422, "another request with this key: {problem}");
    spindle.stop().await
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("no text")
}
