//! Requests that have a name: `Idempotency-Key`.

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

#[tokio::test]
async fn fifty_requests_with_one_key_make_one_task() -> Result<()> {
    let spindle = Spindle::start().await?;
    let milk = json!({ "title": "buy milk", "due_date": "2026-12-01" });
    let answers =
        try_join_all((0..50).map(|_| post(&spindle, "/api/tasks", "once", &milk))).await?;
    let (status, first) = &answers[0];
    assert_eq!(*status, 200, "{first}");
    for other in &answers {
        assert_eq!(other, &answers[0]);
    }
    assert_eq!(titles(&spindle).await?, ["buy milk"]);
    assert_eq!(events(&spindle).await?, 1);
    spindle.stop().await
}

#[tokio::test]
async fn the_first_answer_comes_again_also_after_a_change() -> Result<()> {
    let spindle = Spindle::start().await?;
    let milk = json!({ "title": "buy milk" });
    let first = post(&spindle, "/api/tasks", "k1", &milk).await?;
    let path = format!("/api/tasks/{}", first.1["id"].as_str().unwrap_or_default());
    let changed =
        spindle.client.patch(spindle.url(&path)).json(&json!({ "title": "buy oat milk" }));
    assert_eq!(answer(changed.send().await?).await?.0, 200);
    assert_eq!(post(&spindle, "/api/tasks", "k1", &milk).await?, first);
    assert_eq!(titles(&spindle).await?, ["buy oat milk"]);
    spindle.stop().await
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() -> Result<()> {
    let spindle = Spindle::start().await?;
    let milk = json!({ "title": "buy milk" });
    assert_eq!(post(&spindle, "/api/tasks", "k1", &milk).await?.0, 200);
    let (status, problem) = post(&spindle, "/api/tasks", "k1", &json!({ "title": "tea" })).await?;
    assert_eq!((status, &problem["type"]), (422, &json!("/problems/idempotency-key-reused")));
    let said = json!({ "user_input": "add tea" });
    let (status, problem) = post(&spindle, "/chat/command", "k1", &said).await?;
    assert_eq!((status, &problem["type"]), (422, &json!("/problems/idempotency-key-reused")));
    let (status, problem) = post(&spindle, "/api/tasks", "a b", &milk).await?;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("Idempotency-Key")));
    // What was refused has no effect and leaves its key free.
    assert_eq!(post(&spindle, "/api/tasks", "k2", &json!({ "title": "" })).await?.0, 422);
    assert_eq!(post(&spindle, "/api/tasks", "k2", &json!({ "title": "tea" })).await?.0, 200);
    assert_eq!(titles(&spindle).await?, ["tea", "buy milk"]);
    spindle.stop().await
}

#[tokio::test]
async fn a_sentence_that_is_sent_twice_is_obeyed_once() -> Result<()> {
    let spindle = Spindle::start().await?;
    let said =
        json!({ "user_input": "add milk and call mom tomorrow at 3", "conversation_id": "c" });
    let answers =
        try_join_all((0..10).map(|_| post(&spindle, "/chat/command", "once", &said))).await?;
    let (status, first) = &answers[0];
    assert_eq!(*status, 200, "{first}");
    ensure!(first["tasks"].as_array().is_some_and(|tasks| tasks.len() == 2), "{first}");
    for other in &answers {
        assert_eq!(other, &answers[0]);
    }
    assert_eq!(titles(&spindle).await?.len(), 2);
    let path = format!("/api/conversations/{}", first["conversation"].as_str().unwrap_or_default());
    let (_, transcript) = spindle.get(&path).await?;
    assert_eq!(transcript["messages"]["items"].as_array().map(Vec::len), Some(2));
    spindle.stop().await
}

async fn post(spindle: &Spindle, path: &str, key: &str, body: &Value) -> Result<(u16, Value)> {
    let request = spindle.client.post(spindle.url(path)).header("idempotency-key", key).json(body);
    answer(request.send().await?).await
}

async fn titles(spindle: &Spindle) -> Result<Vec<String>> {
    let (_, tasks) = spindle.get("/api/tasks").await?;
    let title = |task: &Value| task["title"].as_str().map(str::to_owned);
    Ok(tasks["items"].as_array().into_iter().flatten().filter_map(title).collect())
}

async fn events(spindle: &Spindle) -> Result<i64> {
    let database = spindle.database().await?;
    Ok(database.query_one("select count(*) from events", &[]).await?.get(0))
}
