//! What comes, and one that is left out.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

use super::{edit, new, next_of, path, step};

async fn days(spindle: &Spindle, task: &Value, query: &str) -> Result<Vec<String>> {
    let (status, found) = spindle.get(&format!("{}/occurrences{query}", path(task)?)).await?;
    assert_eq!(status, 200, "{found}");
    let items = found["items"].as_array().context("no items")?;
    items.iter().map(|it| Ok(it["due_date"].as_str().context("no due date")?.to_owned())).collect()
}

async fn skip(
    spindle: &Spindle,
    task: &Value,
    header: (&'static str, &str),
) -> Result<(u16, Value)> {
    let request = spindle.client.post(spindle.url(&format!("{}/skip", path(task)?)));
    answer(request.header(header.0, header.1).send().await?).await
}

#[tokio::test]
async fn what_comes_is_told_in_the_tasks_own_form() -> Result<()> {
    let spindle = Spindle::start().await?;
    let document = json!({
        "title": "x", "due_date": "2099-01-31",
        "recurrence_rule": { "pattern": "monthly", "count": 4, "exceptions": ["2099-03-31"] },
    });
    let monthly = new(&spindle, document).await?;
    assert_eq!(days(&spindle, &monthly, "").await?, ["2099-02-28", "2099-04-30"]);
    assert_eq!(days(&spindle, &monthly, "?n=1").await?, ["2099-02-28"]);
    let document = json!({
        "title": "x", "due_date": "2035-03-24T08:00:00Z", "timezone": "Europe/Madrid",
        "recurrence_rule": { "rrule": "FREQ=DAILY" },
    });
    let daily = new(&spindle, document).await?;
    let found = days(&spindle, &daily, "").await?;
    assert_eq!((found.len(), &*found[0]), (10, "2035-03-25T07:00:00Z"), "9:00 stays 9:00");
    assert_eq!(days(&spindle, &daily, "?n=100").await?.len(), 100);
    let once = spindle.create("once").await?;
    assert_eq!(days(&spindle, &once, "").await?, [""; 0]);
    for query in ["?n=0", "?n=101", "?m=1"] {
        let (status, _) = spindle.get(&format!("{}/occurrences{query}", path(&daily)?)).await?;
        assert_eq!(status, 422, "{query}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn one_that_is_left_out_moves_to_the_next() -> Result<()> {
    let spindle = Spindle::start().await?;
    let document = json!({
        "title": "x", "due_date": "2099-01-05", "recurrence_rule": { "pattern": "weekly", "count": 3 },
    });
    let task = new(&spindle, document).await?;
    edit(&spindle, &task, "?scope=this", json!({ "title": "mine", "due_date": "2099-01-06" }))
        .await?;
    let (status, _) = skip(&spindle, &task, ("if-match", "\"1\"")).await?;
    assert_eq!(status, 412);
    let (status, skipped) = skip(&spindle, &task, ("idempotency-key", "k")).await?;
    let expected = (200, &json!("2099-01-12"), &json!(2), &json!("x"), &Value::Null);
    let shown = (
        &skipped["due_date"],
        &skipped["occurrence"],
        &skipped["title"],
        &skipped["series_fields"],
    );
    assert_eq!((status, shown.0, shown.1, shown.2, shown.3), expected, "{skipped}");
    assert_eq!(skip(&spindle, &task, ("idempotency-key", "k")).await?, (200, skipped), "once");
    let (status, last) = skip(&spindle, &task, ("idempotency-key", "l")).await?;
    assert_eq!((status, &last["due_date"]), (200, &json!("2099-01-19")));
    assert_eq!(
        skip(&spindle, &task, ("idempotency-key", "l")).await?,
        (200, last),
        "also the last one"
    );
    let (status, problem) = skip(&spindle, &task, ("if-match", "*")).await?;
    let kind = json!("/problems/nothing-to-skip");
    assert_eq!((status, &problem["type"]), (409, &kind), "{problem}");
    assert_eq!(problem["detail"], "it is the last one of its series; complete or delete it");

    let trail = spindle.audit(task["id"].as_str().context("no id")?, 4).await?;
    assert_eq!((&trail[0]["action"], trail.len()), (&json!("updated"), 4));
    let back = step(&spindle, &task, "undo").await?;
    assert_eq!((&back["due_date"], &back["occurrence"]), (&json!("2099-01-12"), &json!(2)));
    step(&spindle, &task, "complete").await?;
    let next = next_of(&spindle, &task).await?;
    assert_eq!((&next["due_date"], &next["occurrence"]), (&json!("2099-01-19"), &json!(3)));
    // What is done isn't left out.
    let (status, problem) = skip(&spindle, &task, ("if-match", "*")).await?;
    assert_eq!((status, &problem["type"]), (409, &kind), "{problem}");
    let (status, _) = skip(&spindle, &spindle.create("once").await?, ("if-match", "*")).await?;
    assert_eq!(status, 409);
    spindle.stop().await
}
