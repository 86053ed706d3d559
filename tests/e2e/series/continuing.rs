//! One is completed, and the next one comes.

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer, eventually};

use super::{edit, new, next_of, next_ones, step};

/// A task whose due date is long over.
fn overdue(rule: Value) -> Value {
    json!({ "title": "x", "due_date": "2024-01-31", "recurrence_rule": rule })
}

#[tokio::test]
async fn the_next_one_has_everything_of_the_one_before() -> Result<()> {
    let spindle = Spindle::start().await?;
    let document = json!({
        "title": "Pay the rent", "description": "by bank", "due_date": "2099-03-01T09:00:00+05:00",
        "timezone": "Asia/Karachi", "priority": "high", "tags": ["home", "money"],
        "reminder_config": { "lead_time": "PT30M", "snoozed_until": "2099-03-01T08:00:00Z" },
        "recurrence_rule": { "pattern": "monthly" },
    });
    let first = new(&spindle, document).await?;
    let of_series = ["series_id", "occurrence", "series_start", "series_fields", "parent_task_id"];
    let series = |task: &Value| of_series.map(|field| task[field].clone());
    let begins = json!("2099-03-01T09:00:00");
    assert_eq!(
        series(&first),
        [first["id"].clone(), json!(1), begins.clone(), Value::Null, Value::Null]
    );
    let url = spindle.url(&format!("/api/tasks/{}/complete", first["id"].as_str().context("id")?));
    let completed = spindle.client.post(url).header("x-correlation-id", "rent-paid");
    assert_eq!(answer(completed.send().await?).await?.0, 200);
    let next = next_of(&spindle, &first).await?;
    assert_eq!(
        series(&next),
        [first["id"].clone(), json!(2), begins, Value::Null, first["id"].clone()]
    );
    for field in
        ["title", "description", "timezone", "priority", "tags", "recurrence_rule", "all_day"]
    {
        assert_eq!(next[field], first[field], "{field}");
    }
    assert_eq!(next["due_date"], "2099-04-01T04:00:00Z");
    assert_eq!(
        next["reminder_config"],
        json!({ "lead_time": "PT30M" }),
        "a snooze is of one alone"
    );
    assert_eq!((&next["status"], &next["version"]), (&json!("active"), &json!(1)));

    // Its reminder is told of, too, and all of it is the completion's doing.
    let trail = spindle.audit(next["id"].as_str().context("id")?, 2).await?;
    let mut actions: Vec<_> = trail.iter().filter_map(|row| row["action"].as_str()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["created", "scheduled"]);
    for row in &trail {
        assert_eq!(row["correlation_id"], "rent-paid");
        assert_eq!(
            (&row["actor_type"], &row["actor_id"]),
            (&json!("system"), &json!("recurrence-spawn"))
        );
    }
    let created = trail.iter().find(|row| row["action"] == "created").context("no row")?;
    assert_eq!(created["new_values"], next);
    spindle.stop().await
}

#[tokio::test]
async fn however_often_it_is_completed_there_is_one() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, overdue(json!({ "pattern": "daily" }))).await?;
    let done = try_join_all((0..50).map(|_| step(&spindle, &first, "complete"))).await?;
    ensure!(done.iter().all(|task| task["status"] == "completed"), "{done:?}");
    step(&spindle, &first, "complete").await?;
    assert_eq!(next_ones(&spindle, &first).await?.len(), 1);
    // That it was done stands in a topic which may be read again.
    let database = spindle.database().await?;
    let again = "
        insert into events (
            user_id, subject, event_type, topic_name, correlation_id, payload, source_service
        )
        select user_id, subject, event_type, topic_name, correlation_id, payload, source_service
          from events, generate_series(1, 20)
         where event_type = 'task.completed'";
    assert_eq!(database.execute(again, &[]).await?, 20);
    let next = next_ones(&spindle, &first).await?;
    assert_eq!(next.len(), 1);
    // Neither does it come back once it was thrown away for good.
    let path = super::path(&next[0])?;
    for path in [path.clone(), format!("{path}?permanent=true")] {
        assert_eq!(crate::delete(&spindle, &path).await?.0, 200);
    }
    assert_eq!(database.execute(again, &[]).await?, 420);
    assert_eq!(next_ones(&spindle, &first).await?, Vec::<Value>::new());
    spindle.stop().await
}

#[tokio::test]
async fn one_that_is_done_late_comes_back_in_the_future() -> Result<()> {
    let spindle = Spindle::start().await?;
    for (rule, at_most) in [
        (json!({ "pattern": "daily" }), 1),
        (json!({ "pattern": "weekly" }), 7),
        (json!({ "rrule": "FREQ=DAILY;INTERVAL=3", "after_completion": true }), 3),
    ] {
        let first = new(&spindle, overdue(rule)).await?;
        let done = step(&spindle, &first, "complete").await?;
        let next = next_of(&spindle, &first).await?;
        assert_eq!(next["all_day"], true, "all-day stays all-day");
        let day =
            |value: &Value| value.as_str().unwrap_or_default()[..10].parse::<chrono::NaiveDate>();
        let days = (day(&next["due_date"])? - day(&done["completed_at"])?).num_days();
        ensure!((1..=at_most).contains(&days), "{days} days: {next}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_series_ends_by_number_and_by_day() -> Result<()> {
    let spindle = Spindle::start().await?;
    for end in [json!({ "count": 3 }), json!({ "until": "2099-01-03" })] {
        let mut rule = json!({ "pattern": "daily" });
        rule.as_object_mut()
            .context("no object")?
            .extend(end.as_object().cloned().unwrap_or_default());
        let document = json!({ "title": "x", "due_date": "2099-01-01", "recurrence_rule": rule });
        let mut task = new(&spindle, document).await?;
        for expected in ["2099-01-02", "2099-01-03"] {
            step(&spindle, &task, "complete").await?;
            task = next_of(&spindle, &task).await?;
            assert_eq!(task["due_date"], expected, "{end}");
        }
        step(&spindle, &task, "complete").await?;
        assert_eq!(next_ones(&spindle, &task).await?, Vec::<Value>::new(), "{end}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn one_without_a_due_date_gets_one_when_it_is_done() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first =
        new(&spindle, json!({ "title": "x", "recurrence_rule": { "pattern": "daily" } })).await?;
    assert_eq!((&first["series_start"], &first["occurrence"]), (&Value::Null, &json!(1)));
    let done = step(&spindle, &first, "complete").await?;
    let next = next_of(&spindle, &first).await?;
    assert_eq!(next["all_day"], true);
    let day = done["completed_at"].as_str().context("no time")?[..10].to_owned();
    assert_eq!(next["series_start"], day.as_str());
    ensure!(next["due_date"].as_str() > Some(day.as_str()), "{next}");
    spindle.stop().await
}

/// By the chat, by a batch and by an undo, a task is done as well.
#[tokio::test]
async fn however_it_is_done_the_next_one_comes() -> Result<()> {
    let spindle = Spindle::start().await?;
    let say = async |words: &str| {
        spindle.post("/chat/command", &json!({ "user_input": words, "conversation_id": "c" })).await
    };
    say("water the plants every day at 9am").await?;
    let task = super::all(&spindle).await?.remove(0);
    assert_eq!((&task["occurrence"], &task["series_id"]), (&json!(1), &task["id"]), "{task}");
    say("complete the plants task").await?;
    let second = next_of(&spindle, &task).await?;

    let operation = json!({ "op": "complete", "id": second["id"] });
    spindle.post("/api/tasks/batch", &json!({ "operations": [operation] })).await?;
    let third = next_of(&spindle, &second).await?;
    assert_eq!(third["occurrence"], 3);

    step(&spindle, &third, "complete").await?;
    next_of(&spindle, &third).await?;
    step(&spindle, &third, "undo").await?;
    assert_eq!(next_ones(&spindle, &third).await?, Vec::<Value>::new());
    step(&spindle, &third, "undo").await?;
    assert_eq!(next_of(&spindle, &third).await?["occurrence"], 4);
    spindle.stop().await
}

/// A rule from a time when nobody checked them.
#[tokio::test]
async fn an_older_rule_is_shown_and_told_of_where_it_fails() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = new(&spindle, overdue(json!({ "pattern": "daily" }))).await?;
    let database = spindle.database().await?;
    database.execute("update tasks set recurrence_rule = '{\"every\": \"week\"}'", &[]).await?;
    let path = super::path(&task)?;
    assert_eq!(spindle.get(&path).await?.1["recurrence_rule"], json!({ "every": "week" }));
    let (status, problem) = spindle.get(&format!("{path}/occurrences")).await?;
    assert_eq!((status, &problem["type"]), (409, &json!("/problems/unreadable-rule")), "{problem}");
    step(&spindle, &task, "complete").await?;
    let reason = eventually("the dead letter", async || {
        let failed = "select error_message from events where processing_status = 'failed'";
        Ok(database.query_opt(failed, &[]).await?.map(|row| row.get::<_, String>(0)))
    })
    .await?;
    ensure!(reason.contains("recurrence_rule: a key is every"), "{reason}");
    // Nothing is lost: it can be repaired, and done again.
    step(&spindle, &task, "reopen").await?;
    edit(&spindle, &task, "", json!({ "recurrence_rule": { "pattern": "daily" } })).await?;
    step(&spindle, &task, "complete").await?;
    next_of(&spindle, &task).await?;
    spindle.stop().await
}
