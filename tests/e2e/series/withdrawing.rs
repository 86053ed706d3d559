//! One is reopened, and the next one goes, if nobody has touched it.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use spindle_tests::Spindle;

use super::{edit, new, next_of, next_ones, step};

fn weekly() -> Value {
    json!({ "title": "x", "due_date": "2099-01-01", "recurrence_rule": { "pattern": "weekly" } })
}

#[tokio::test]
async fn an_untouched_one_goes_and_comes_again() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    for _ in 0..3 {
        step(&spindle, &first, "complete").await?;
        let next = next_of(&spindle, &first).await?;
        assert_eq!((&next["due_date"], &next["occurrence"]), (&json!("2099-01-08"), &json!(2)));
        step(&spindle, &first, "reopen").await?;
        assert_eq!(next_ones(&spindle, &first).await?, Vec::<Value>::new());
        let id = next["id"].as_str().context("no id")?;
        let trail = spindle.audit(id, 2).await?;
        assert_eq!(
            (&trail[0]["action"], &trail[0]["actor_id"]),
            (&json!("purged"), &json!("recurrence-spawn"))
        );
        assert_eq!(trail[0]["old_values"], next);
    }
    step(&spindle, &first, "complete").await?;
    assert_eq!(next_ones(&spindle, &first).await?.len(), 1);
    spindle.stop().await
}

#[tokio::test]
async fn a_touched_one_stays_the_only_one() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    step(&spindle, &first, "complete").await?;
    let next = next_of(&spindle, &first).await?;
    let touched = edit(&spindle, &next, "", json!({ "title": "mine" })).await?;
    step(&spindle, &first, "reopen").await?;
    assert_eq!(next_ones(&spindle, &first).await?, std::slice::from_ref(&touched));
    // To leave the first one out would make two of one.
    let (status, problem) =
        spindle.post(&format!("{}/skip", super::path(&first)?), &json!({})).await?;
    assert_eq!(
        (status, &problem["type"]),
        (409, &json!("/problems/occurrence-taken")),
        "{problem}"
    );
    step(&spindle, &first, "complete").await?;
    assert_eq!(next_ones(&spindle, &first).await?, std::slice::from_ref(&touched));
    // Also where it is one of another series by now.
    let other = json!({ "recurrence_rule": { "pattern": "daily" } });
    let touched = edit(&spindle, &touched, "", other).await?;
    step(&spindle, &first, "reopen").await?;
    step(&spindle, &first, "complete").await?;
    assert_eq!(next_ones(&spindle, &first).await?, [touched]);
    spindle.stop().await
}

#[tokio::test]
async fn one_whose_reminders_were_touched_stays_too() -> Result<()> {
    let spindle = Spindle::start().await?;
    let mut document = weekly();
    document["reminder_config"] = json!({ "lead_time": "PT1H" });
    let first = new(&spindle, document).await?;
    step(&spindle, &first, "complete").await?;
    let next = next_of(&spindle, &first).await?;
    let id = next["id"].as_str().context("no id")?;
    step(&spindle, &first, "reopen").await?;
    assert_eq!(next_ones(&spindle, &first).await?, Vec::<Value>::new());
    // With it goes its reminder, and is told of.
    let trail = spindle.audit(id, 4).await?;
    let mut actions: Vec<_> = trail.iter().filter_map(|row| row["action"].as_str()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["cancelled", "created", "purged", "scheduled"]);

    step(&spindle, &first, "complete").await?;
    let next = next_of(&spindle, &first).await?;
    let reminder = json!({ "task_id": next["id"], "lead_time": "PT2H" });
    let (status, made) = spindle.post("/api/reminders", &reminder).await?;
    assert_eq!(status, 201, "{made}");
    step(&spindle, &first, "reopen").await?;
    assert_eq!(next_ones(&spindle, &first).await?, [next]);
    spindle.stop().await
}

/// Each is done and not done, faster than anybody follows.
#[tokio::test]
async fn whatever_the_order_the_end_is_what_the_task_says() -> Result<()> {
    let spindle = Spindle::start().await?;
    let (even, odd) = (new(&spindle, weekly()).await?, new(&spindle, weekly()).await?);
    for task in [&even, &odd] {
        for _ in 0..10 {
            step(&spindle, task, "complete").await?;
            step(&spindle, task, "reopen").await?;
        }
    }
    step(&spindle, &odd, "complete").await?;
    assert_eq!(next_ones(&spindle, &even).await?, Vec::<Value>::new());
    assert_eq!(next_ones(&spindle, &odd).await?.len(), 1);
    // All of it once more, backwards.
    let database = spindle.database().await?;
    let backwards = "
        insert into events (
            user_id, subject, event_type, topic_name, correlation_id, payload, source_service
        )
        select user_id, subject, event_type, topic_name, correlation_id, payload, source_service
          from (select * from events order by seq desc) as events";
    database.execute(backwards, &[]).await?;
    assert_eq!(next_ones(&spindle, &even).await?, Vec::<Value>::new());
    assert_eq!(next_ones(&spindle, &odd).await?.len(), 1);
    spindle.stop().await
}

#[tokio::test]
async fn one_that_was_thrown_away_does_not_end_the_series() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    step(&spindle, &first, "complete").await?;
    let thrown = next_of(&spindle, &first).await?;
    let path = super::path(&thrown)?;
    assert_eq!(crate::delete(&spindle, &path).await?.0, 200);
    assert_eq!(next_ones(&spindle, &first).await?, Vec::<Value>::new());
    step(&spindle, &first, "reopen").await?;
    step(&spindle, &first, "complete").await?;
    let again = next_of(&spindle, &first).await?;
    assert_eq!((&again["occurrence"], &again["due_date"]), (&json!(2), &thrown["due_date"]));
    let (status, problem) = spindle.post(&format!("{path}/restore"), &json!({})).await?;
    assert_eq!(
        (status, &problem["type"]),
        (409, &json!("/problems/occurrence-taken")),
        "{problem}"
    );
    assert_eq!(next_ones(&spindle, &first).await?, std::slice::from_ref(&again));
    spindle.stop().await
}

/// Whoever takes the rule from one that is done, and then does it again, has one task.
#[tokio::test]
async fn without_the_rule_the_next_one_goes_too() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    step(&spindle, &first, "complete").await?;
    next_of(&spindle, &first).await?;
    edit(&spindle, &first, "", json!({ "recurrence_rule": null })).await?;
    step(&spindle, &first, "reopen").await?;
    assert_eq!(next_ones(&spindle, &first).await?, Vec::<Value>::new());
    step(&spindle, &first, "complete").await?;
    assert_eq!(next_ones(&spindle, &first).await?, Vec::<Value>::new());
    spindle.stop().await
}

#[tokio::test]
async fn one_that_comes_out_of_the_trash_goes_on() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    step(&spindle, &first, "complete").await?;
    next_of(&spindle, &first).await?;
    crate::delete(&spindle, &super::path(&first)?).await?;
    step(&spindle, &first, "restore").await?;
    assert_eq!(next_ones(&spindle, &first).await?.len(), 1);
    spindle.stop().await
}
