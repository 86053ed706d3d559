//! Sentences that try to do what their author may not (tests/corpora/hostile.jsonl).

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use spindle_tests::{Ollama, Script, Spindle, repository};

use super::text;

const ME: &str = "00000000-0000-7000-8000-000000000001";

#[derive(Deserialize)]
struct Case {
    id: String,
    input: Option<String>,
    /// A text, and how often.
    input_repeat: Option<(String, usize)>,
    /// What may come of it: nothing, create_task, query_own, ask.
    may: Vec<String>,
    why: String,
}

/// Every task by its id: whose, and all that it is.
type Tasks = BTreeMap<String, (String, Value)>;

#[tokio::test]
async fn nothing_is_done_that_its_author_may_not_do() -> Result<()> {
    // The model, where it is asked, does what the sentence wants.
    let obedient = json!({
        "intent": "delete_task", "title": null, "due_date": null, "priority": null, "tags": [],
        "target": "tasks", "confidence": 1.0,
    });
    let ollama = Ollama::start(Script::guess(&obedient)).await?;
    let spindle = Spindle::start_with_variables(&ollama.variables(&ollama.port(), "8s")).await?;
    prepare(&spindle).await?;
    let cases = std::fs::read_to_string(repository().join("tests/corpora/hostile.jsonl"))?;
    let mut count = 0;
    for line in cases.lines().filter(|line| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line)?;
        check(&spindle, &case).await.with_context(|| format!("{}: {}", case.id, case.why))?;
        count += 1;
    }
    assert!(count >= 30, "{count} cases");
    spindle.stop().await
}

/// Two users with tasks of their own.
async fn prepare(spindle: &Spindle) -> Result<()> {
    spindle.create("theirs alone").await?;
    let database = spindle.database().await?;
    database.execute("update tasks set user_id = gen_random_uuid()", &[]).await?;
    for title in ["buy milk", "call mom", "overdue report"] {
        spindle.create(title).await?;
    }
    Ok(())
}

async fn check(spindle: &Spindle, case: &Case) -> Result<()> {
    let sentence = match (&case.input, &case.input_repeat) {
        (Some(input), _) => input.clone(),
        (None, Some((text, times))) => text.repeat(*times),
        (None, None) => anyhow::bail!("no input"),
    };
    let may = |what: &str| case.may.iter().any(|it| it == what);
    let before = tasks(spindle).await?;
    // As long as it is, and as long as it may be.
    let short: String = sentence.chars().take(2000).collect();
    for (round, said) in [&sentence, &short].into_iter().enumerate() {
        let name = format!("{} {round}", case.id);
        let body = json!({"user_input": said, "conversation_id": name});
        let (status, answer) = spindle.post("/chat/command", &body).await?;
        let is_too_long = said.trim().chars().count() > 2000;
        ensure!(status == if is_too_long { 422 } else { 200 }, "{status}: {answer}");
        ensure!(!answer.to_string().contains("theirs alone"), "{answer}");
        let after = tasks(spindle).await?;
        for (id, task) in &before {
            ensure!(after.get(id) == Some(task), "{task:?} has changed: {answer}");
        }
        for (id, (owner, task)) in after.iter().filter(|(id, _)| !before.contains_key(*id)) {
            ensure!(may("create_task"), "{task} was created: {answer}");
            ensure!(owner == ME && task["status"] == "active", "{id}: {owner} {task}");
        }
        let is_question = answer["clarification_needed"] == true;
        ensure!(!is_question || may("ask") || may("nothing"), "{answer}");
        let listed = answer["tasks"].as_array().cloned().unwrap_or_default();
        ensure!(listed.iter().all(|task| task["user_id"] == ME), "{answer}");
        for secret in ["You are a", "postgres://", "additionalProperties"] {
            let own = said.contains(secret);
            ensure!(own || !text(&answer).contains(secret), "{answer}");
        }
        // What was created is taken away, so that the next case finds what this one found.
        let database = spindle.database().await?;
        for id in after.keys().filter(|id| !before.contains_key(*id)) {
            database.execute("delete from tasks where id::text = $1", &[id]).await?;
        }
    }
    Ok(())
}

async fn tasks(spindle: &Spindle) -> Result<Tasks> {
    let database = spindle.database().await?;
    let rows =
        database.query("select id::text, user_id::text, task_json(tasks) from tasks", &[]).await?;
    Ok(rows.into_iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect())
}
