//! Reminders that come due while nothing runs, and those that are not taken.

use anyhow::{Context as _, Result, ensure};
use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use spindle_tests::{Receiver, Reply, Spindle, eventually};

async fn start(mail: &Receiver) -> Result<Spindle> {
    Spindle::start_with(&[
        ("SPIN_VARIABLE_MAIL_URL", &mail.base()),
        ("SPIN_VARIABLE_WEBHOOK_BLOCKED_NETWORKS", ""),
    ])
    .await
}

/// A task that is due then, with a reminder at that moment; the reminder's id.
async fn remind(spindle: &Spindle, from_now: TimeDelta, config: Value) -> Result<String> {
    let due = (Utc::now() + from_now).to_rfc3339_opts(SecondsFormat::Millis, true);
    let document = json!({ "title": "call mom", "due_date": due, "reminder_config": config });
    let (status, task) = spindle.post("/api/tasks", &document).await?;
    ensure!(status == 200, "{status}: {task}");
    Ok(task["reminder_id"].as_str().context("no reminder")?.to_owned())
}

fn is(status: &str) -> impl Fn(&Value) -> bool {
    move |reminder| reminder["status"] == status
}

/// As if the pause after an attempt were over.
async fn hurry(spindle: &Spindle) -> Result<()> {
    let due = "update reminder_deliveries set next_attempt_at = now() where state = 'pending'";
    Ok(spindle.database().await?.batch_execute(due).await?)
}

fn is_marked(mail: &spindle_tests::Heard) -> Result<bool> {
    let mail: Value = serde_json::from_slice(&mail.body)?;
    Ok(mail["headers"].get("X-Spindle-Possible-Duplicate").is_some())
}

#[tokio::test]
async fn what_came_due_while_nothing_ran_comes_once() -> Result<()> {
    let provider = Receiver::start(Reply::Status(202)).await?;
    let mut spindle = start(&provider).await?;
    let id = remind(&spindle, TimeDelta::seconds(3), json!({})).await?;
    let other = remind(&spindle, TimeDelta::hours(1), json!({})).await?;
    spindle.kill().await?;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert!(provider.heard().is_empty());
    spindle.restart().await?;
    spindle.reminder(&id, "that it is sent", is("sent")).await?;
    // A minute is no delay that anybody would be told of; ten are.
    let past = "
        update reminders
           set trigger_time = now() - interval '10 minutes', scheduled_at = now() - interval '1 hour'
         where id = $1::text::uuid";
    spindle.database().await?.execute(past, &[&other]).await?;
    let late = spindle.reminder(&other, "that it is sent", is("sent")).await?;
    assert_eq!(late["late"], true);
    let heard = provider.heard();
    assert_eq!(heard.len(), 2);
    let texts: Vec<String> = heard
        .iter()
        .map(|it| Ok(String::from_utf8(it.body.clone())?.to_lowercase()))
        .collect::<Result<_>>()?;
    assert_eq!((texts[0].contains("late"), texts[1].contains("late")), (false, true), "{texts:?}");
    spindle.stop().await
}

#[tokio::test]
async fn what_fails_is_tried_five_times_and_then_told() -> Result<()> {
    let provider = Receiver::start(Reply::Status(503)).await?;
    let mut spindle = start(&provider).await?;
    let id = remind(&spindle, TimeDelta::hours(1), json!({ "lead_time": "2h" })).await?;
    for attempt in 1..=5 {
        provider.hears(attempt).await?;
        if attempt < 5 {
            let retried =
                |it: &Value| it["retry_count"] == attempt - 1 && !it["last_error"].is_null();
            let waits = spindle.reminder(&id, "that it waits", retried).await?;
            assert_eq!(waits["status"], "sending");
            if attempt == 2 {
                // Nothing is forgotten that was noted; what is lost isn't counted.
                spindle.kill().await?;
                spindle.restart().await?;
            }
            hurry(&spindle).await?;
        }
    }
    let failed = spindle.reminder(&id, "that it has failed", is("failed")).await?;
    assert_eq!(failed["last_error"], "503: not taken: no room");
    assert_eq!(provider.heard().len(), 5);
    let task = failed["task_id"].as_str().context("no task")?;
    let history = spindle.audit(task, 4).await?;
    assert_eq!(
        (&history[0]["entity_type"], &history[0]["action"]),
        (&json!("reminder"), &json!("failed"))
    );
    spindle.stop().await
}

#[tokio::test]
async fn an_attempt_of_which_nobody_knows_is_repeated_and_says_so() -> Result<()> {
    let provider = Receiver::start(Reply::Silent).await?;
    let spindle = start(&provider).await?;
    let id = remind(&spindle, TimeDelta::hours(1), json!({ "lead_time": "2h" })).await?;
    provider.hears(1).await?;
    provider.replies(Reply::Status(202));
    let unknown = |it: &Value| it["possible_duplicates"] == 1;
    let waits = spindle.reminder(&id, "that it is given up", unknown).await?;
    assert_eq!(waits["last_error"], "there is no answer in time");
    hurry(&spindle).await?;
    let sent = spindle.reminder(&id, "that it is sent", is("sent")).await?;
    assert_eq!((&sent["possible_duplicates"], &sent["retry_count"]), (&json!(1), &json!(1)));
    let heard = provider.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!((is_marked(&heard[0])?, is_marked(&heard[1])?), (false, true));
    spindle.stop().await
}

#[tokio::test]
async fn a_dead_destination_keeps_nobody_waiting() -> Result<()> {
    let provider = Receiver::start(Reply::Status(202)).await?;
    let (dead, well) =
        (Receiver::start(Reply::Silent).await?, Receiver::start(Reply::Status(200)).await?);
    let spindle = start(&provider).await?;
    let webhook = |to: &Receiver| json!({ "lead_time": "2h", "delivery_method": "webhook", "destination": to.base() });
    let mut waiting = Vec::new();
    for _ in 0..20 {
        waiting.push(remind(&spindle, TimeDelta::hours(1), webhook(&dead)).await?);
    }
    dead.hears(1).await?;
    let other = remind(&spindle, TimeDelta::hours(1), webhook(&well)).await?;
    let mail = remind(&spindle, TimeDelta::hours(1), json!({ "lead_time": "2h" })).await?;
    spindle.reminder(&mail, "that the mail is sent", is("sent")).await?;
    spindle.reminder(&other, "that the other is sent", is("sent")).await?;
    for id in &waiting {
        let (_, still) = spindle.get(&format!("/api/reminders/{id}")).await?;
        assert_eq!(still["status"], "sending", "{still}");
    }
    // Known to be dead, it is asked where only its like wait.
    let lanes = "select count(distinct payload ->> 'reminder_id') from events where event_type = 'reminder.retry'";
    let database = spindle.database().await?;
    let fresh = remind(&spindle, TimeDelta::hours(1), webhook(&dead)).await?;
    eventually("that it is told again at once", async || {
        let known: i64 =
            database.query_one("select count(*) from failing_hosts", &[]).await?.get(0);
        let told: i64 = database.query_one(lanes, &[]).await?.get(0);
        Ok((known == 1 && told > 0).then_some(()))
    })
    .await?;
    dead.replies(Reply::Status(200));
    for id in waiting.iter().chain([&fresh]) {
        hurry(&spindle).await?;
        spindle.reminder(id, "that it is sent", is("sent")).await?;
    }
    spindle.stop().await
}
