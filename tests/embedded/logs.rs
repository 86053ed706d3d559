//! The log is for machines: one JSON object a line, whoever speaks.

use anyhow::{Context as _, Result, ensure};
use chrono::DateTime;
use serde_json::{Value, json};
use spindle_tests::Spindle;

#[tokio::test]
async fn every_line_is_json_and_names_its_component() -> Result<()> {
    let mut spindle = Spindle::start_with(&[
        ("SPIN_VARIABLE_LOG_LEVEL", "debug"),
        ("RUST_LOG", "info,guest=debug"),
    ])
    .await?;
    let created = spindle
        .client
        .post(spindle.url("/api/tasks"))
        .header("x-correlation-id", "log-test")
        .json(&json!({ "title": "call the bank, account 42" }))
        .send()
        .await?;
    let task: Value = created.json().await?;
    spindle.audit(task["id"].as_str().context("no id")?, 1).await?;
    spindle.terminate().await?;

    let log = spindle.whole_log()?;
    let mut components = std::collections::BTreeSet::new();
    let mut of_the_request = Vec::new();
    for text in log.lines() {
        let line: Value = serde_json::from_str(text).with_context(|| text.to_owned())?;
        let field = |name: &str| line[name].as_str().with_context(|| format!("{name}: {text}"));
        DateTime::parse_from_rfc3339(field("time")?).with_context(|| text.to_owned())?;
        let level = field("level")?;
        ensure!(["error", "warn", "info", "debug"].contains(&level), "{text}");
        ensure!(level != "error", "an error in a run without errors: {text}");
        ensure!(!field("message")?.is_empty(), "{text}");
        components.insert(field("component")?.to_owned());
        if line["correlation_id"] == "log-test" {
            of_the_request.push(line.clone());
        }
    }
    for speaker in ["spindle", "spin-kafka-trigger", "tasks"] {
        ensure!(components.contains(speaker), "{speaker} says nothing; {components:?} do");
    }
    let [line] = &of_the_request[..] else { anyhow::bail!("of the request: {of_the_request:?}") };
    assert_eq!(line["component"], "tasks");
    assert_eq!(
        (&line["method"], &line["path"], &line["status"]),
        (&json!("POST"), &json!("/api/tasks"), &json!(200))
    );
    ensure!(!log.contains("account 42"), "what people write is in the log");
    Ok(())
}
