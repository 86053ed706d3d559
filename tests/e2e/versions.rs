//! Versions of a task, and the steps of its life: `ETag`, `If-Match`, reopen, trash, restore.

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

#[tokio::test]
async fn of_fifty_changes_of_one_version_one_wins() -> Result<()> {
    let spindle = Spindle::start().await?;
    let path = create(&spindle, "before").await?;
    let answers = try_join_all((0..50).map(|number| {
        let body = json!({ "title": format!("title {number}") });
        let request =
            spindle.client.patch(spindle.url(&path)).header("if-match", "\"1\"").json(&body);
        async { answer(request.send().await?).await }
    }))
    .await?;
    let won: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
    ensure!(won.len() == 1, "{answers:?}");
    for (status, problem) in answers.iter().filter(|(status, _)| *status != 200) {
        assert_eq!((*status, &problem["type"]), (412, &json!("/problems/changed")));
    }
    assert_eq!(spindle.get(&path).await?.1, won[0].1);
    assert_eq!(won[0].1["version"], 2);
    spindle.stop().await
}

#[tokio::test]
async fn every_answer_that_is_a_task_has_its_version_as_its_tag() -> Result<()> {
    let spindle = Spindle::start().await?;
    let created = spindle.client.post(spindle.url("/api/tasks")).json(&json!({ "title": "x" }));
    let created = created.send().await?;
    assert_eq!(tag(&created), Some("\"1\""));
    let path = created.headers()["location"].to_str()?.to_owned();

    let read = ask(&spindle, Method::GET, &path, ("if-none-match", "\"7\"")).await?;
    assert_eq!((read.status().as_u16(), tag(&read)), (200, Some("\"1\"")));
    for known in ["\"1\"", "\"7\", \"1\"", "*"] {
        let known = ask(&spindle, Method::GET, &path, ("if-none-match", known)).await?;
        assert_eq!((known.status().as_u16(), tag(&known)), (304, Some("\"1\"")));
        assert_eq!(known.text().await?, "");
    }
    for (step, version) in [("complete", 2), ("complete", 2), ("reopen", 3), ("reopen", 3)] {
        let path = format!("{path}/{step}");
        let taken = ask(&spindle, Method::POST, &path, ("if-match", "*")).await?;
        assert_eq!(taken.status(), 200);
        assert_eq!(tag(&taken), Some(format!("\"{version}\"").as_str()), "{step}");
    }
    for (method, path) in [
        (Method::POST, format!("{path}/complete")),
        (Method::POST, format!("{path}/reopen")),
        (Method::DELETE, path.clone()),
    ] {
        for other in ["\"2\"", "W/\"3\"", "\"\""] {
            let refused = ask(&spindle, method.clone(), &path, ("if-match", other)).await?;
            assert_eq!(refused.status(), 412, "{method} {path} {other}");
        }
        let wrong = ask(&spindle, method.clone(), &path, ("if-match", "3")).await?;
        assert_eq!(wrong.status(), 422, "{method} {path}");
    }
    assert_eq!(ask(&spindle, Method::DELETE, &path, ("if-match", "\"3\"")).await?.status(), 200);
    spindle.stop().await
}

#[tokio::test]
async fn a_completed_task_is_made_active_again_once() -> Result<()> {
    let spindle = Spindle::start().await?;
    let path = create(&spindle, "again").await?;
    let (_, completed) = spindle.post(&format!("{path}/complete"), &json!({})).await?;
    ensure!(completed["completed_at"].is_string(), "{completed}");
    let reopen = format!("{path}/reopen");
    let empty = json!({});
    let answers = try_join_all((0..10).map(|_| spindle.post(&reopen, &empty))).await?;
    for (status, task) in &answers {
        assert_eq!((*status, &task["status"]), (200, &json!("active")), "{task}");
        assert_eq!(task["completed_at"], Value::Null);
    }
    let id = completed["id"].as_str().context("no id")?;
    let rows = spindle.audit(id, 3).await?;
    let actions: Vec<_> = rows.iter().map(|row| &row["action"]).collect();
    assert_eq!(actions, ["reopened", "completed", "created"]);
    spindle.stop().await
}

#[tokio::test]
async fn a_deleted_task_is_in_the_trash_and_comes_back_as_it_was() -> Result<()> {
    let spindle = Spindle::start().await?;
    let path = create(&spindle, "thrown away").await?;
    let (_, completed) = spindle.post(&format!("{path}/complete"), &json!({})).await?;
    assert_eq!(spindle.client.delete(spindle.url(&path)).send().await?.status(), 200);
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::POST, format!("{path}/complete")),
        (Method::POST, format!("{path}/reopen")),
    ] {
        let gone = ask(&spindle, method, &path, ("if-match", "*")).await?;
        assert_eq!(gone.status(), 404, "{path}");
    }
    assert_eq!(spindle.get("/api/tasks").await?.1["items"], json!([]));
    let (_, trash) = spindle.get("/api/tasks?status=deleted").await?;
    assert_eq!(trash["items"][0]["id"], completed["id"]);
    ensure!(trash["items"][0]["deleted_at"].is_string(), "{trash}");

    let (status, restored) = spindle.post(&format!("{path}/restore"), &json!({})).await?;
    assert_eq!((status, &restored["status"]), (200, &json!("completed")));
    for field in ["title", "completed_at", "created_at", "deleted_at"] {
        assert_eq!(restored[field], completed[field], "{field}");
    }
    let (_, again) = spindle.post(&format!("{path}/restore"), &json!({})).await?;
    assert_eq!(again, restored);
    assert_eq!(spindle.get("/api/tasks?status=deleted").await?.1["items"], json!([]));
    let nobodys = "/api/tasks/0190aaaa-0000-7000-8000-000000000001/restore";
    assert_eq!(spindle.post(nobodys, &json!({})).await?.0, 404);
    spindle.stop().await
}

#[tokio::test]
async fn a_step_with_a_key_is_taken_once_whatever_comes_after_it() -> Result<()> {
    let spindle = Spindle::start().await?;
    let path = create(&spindle, "once").await?;
    let complete = format!("{path}/complete");
    let first =
        json_of(ask(&spindle, Method::POST, &complete, ("idempotency-key", "k")).await?).await?;
    assert_eq!(first["status"], "completed");
    assert_eq!(spindle.post(&format!("{path}/reopen"), &json!({})).await?.1["status"], "active");
    // The first answer again, and no effect.
    let again =
        json_of(ask(&spindle, Method::POST, &complete, ("idempotency-key", "k")).await?).await?;
    assert_eq!(again, first);
    assert_eq!(spindle.get(&path).await?.1["status"], "active");
    let reopen = format!("{path}/reopen");
    let other = ask(&spindle, Method::POST, &reopen, ("idempotency-key", "k")).await?;
    assert_eq!(other.status(), 422);
    spindle.stop().await
}

#[tokio::test]
async fn a_step_of_a_version_is_answered_again_whatever_became_of_the_task() -> Result<()> {
    let spindle = Spindle::start().await?;
    let path = create(&spindle, "once").await?;
    let complete = async |version, key| {
        let request = spindle.client.post(spindle.url(&format!("{path}/complete")));
        let request = request.header("if-match", version).header("idempotency-key", key);
        answer(request.send().await?).await
    };
    let first = complete("\"1\"", "k").await?;
    assert_eq!((first.0, &first.1["version"]), (200, &json!(2)));
    // It is another version now, by that very step.
    assert_eq!(complete("\"1\"", "k").await?, first);
    assert_eq!(complete("\"1\"", "another").await?.0, 412);
    assert_eq!(spindle.client.delete(spindle.url(&path)).send().await?.status(), 200);
    assert_eq!(complete("\"1\"", "k").await?, first);
    assert_eq!(complete("\"1\"", "another").await?.0, 404);
    spindle.stop().await
}

#[tokio::test]
async fn a_change_of_a_version_is_answered_again_and_made_once() -> Result<()> {
    let spindle = Spindle::start().await?;
    let path = create(&spindle, "once").await?;
    let change = async |title: &str, key| {
        let request = spindle.client.patch(spindle.url(&path)).json(&json!({ "title": title }));
        let request = request.header("if-match", "\"1\"").header("idempotency-key", key);
        answer(request.send().await?).await
    };
    let first = change("twice", "k").await?;
    assert_eq!((first.0, &first.1["version"]), (200, &json!(2)));
    assert_eq!(change("twice", "k").await?, first);
    assert_eq!(change("thrice", "k").await?.0, 422, "another request with this key");
    assert_eq!(change("twice", "another").await?.0, 412);
    spindle.stop().await
}

async fn create(spindle: &Spindle, title: &str) -> Result<String> {
    let task = spindle.create(title).await?;
    Ok(format!("/api/tasks/{}", task["id"].as_str().context("no id")?))
}

async fn ask(
    spindle: &Spindle,
    method: Method,
    path: &str,
    (name, value): (&str, &str),
) -> Result<Response> {
    Ok(spindle.client.request(method, spindle.url(path)).header(name, value).send().await?)
}

async fn json_of(response: Response) -> Result<Value> {
    let (status, body) = answer(response).await?;
    ensure!(status == 200, "{status}: {body}");
    Ok(body)
}

fn tag(response: &Response) -> Option<&str> {
    response.headers().get("etag")?.to_str().ok()
}
