//! Every acknowledged task has exactly one audit row, whatever dies.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use spindle_tests::{Spindle, eventually, until_none_is_left};
use tokio::task::JoinSet;

const TASKS: usize = 10_000;
const CONNECTIONS: usize = 32;

#[tokio::test]
async fn ten_thousand_creations_leave_ten_thousand_audit_rows() -> Result<()> {
    let spindle = Spindle::start().await?;
    let left = Arc::new(AtomicUsize::new(TASKS));
    let mut writers = writers(&spindle, &left);
    let mut acknowledged = HashSet::new();
    while let Some(written) = writers.join_next().await {
        let (ids, failure) = written?;
        ensure!(failure.is_none(), "{failure:?}");
        acknowledged.extend(ids);
    }
    assert_eq!(acknowledged.len(), TASKS);
    assert_eq!(one_audit_row_each(&spindle, &acknowledged).await?, TASKS);
    spindle.stop().await
}

#[tokio::test]
async fn killed_in_the_middle_every_acknowledged_task_has_one_audit_row() -> Result<()> {
    let mut spindle = Spindle::start().await?;
    let mut acknowledged = HashSet::new();
    for round in 1..=5 {
        let left = Arc::new(AtomicUsize::new(TASKS));
        let mut writers = writers(&spindle, &left);
        let half = TASKS - TASKS / 10 * round;
        eventually("the middle", async || Ok((left.load(Ordering::Relaxed) <= half).then_some(())))
            .await?;
        spindle.kill().await?;
        while let Some(written) = writers.join_next().await {
            // Each ended with a broken connection; what was acknowledged before counts.
            acknowledged.extend(written?.0);
        }
        spindle.restart().await?;
    }
    ensure!(acknowledged.len() > TASKS / 2, "only {} tasks were acknowledged", acknowledged.len());
    one_audit_row_each(&spindle, &acknowledged).await?;
    spindle.stop().await
}

type Written = (Vec<String>, Option<anyhow::Error>);

/// Creates tasks on all connections until none is left, or the service is gone.
fn writers(spindle: &Spindle, left: &Arc<AtomicUsize>) -> JoinSet<Written> {
    let mut writers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (left, client, url) = (left.clone(), spindle.client.clone(), spindle.url("/api/tasks"));
        writers.spawn(async move {
            let mut ids = Vec::new();
            let take = |left: usize| left.checked_sub(1);
            while let Ok(number) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
                match create(&client, &url, number).await {
                    Ok(id) => ids.push(id),
                    Err(error) => return (ids, Some(error)),
                }
            }
            (ids, None)
        });
    }
    writers
}

async fn create(client: &reqwest::Client, url: &str, number: usize) -> Result<String> {
    let response =
        client.post(url).json(&json!({ "title": format!("task {number}") })).send().await?;
    ensure!(response.status() == 200, "answered {}", response.status());
    let task: serde_json::Value = response.json().await?;
    Ok(task["id"].as_str().context("no id")?.to_owned())
}

/// Waits until every event has its audit row, then checks that no task has two, and that each acknowledged one has
/// its own. Returns the number of rows.
async fn one_audit_row_each(spindle: &Spindle, acknowledged: &HashSet<String>) -> Result<usize> {
    let database = spindle.database().await?;
    until_none_is_left("events without an audit row", async || {
        let missing = "select count(*) from events left join audit_logs using (id) where audit_logs.id is null";
        Ok(database.query_one(missing, &[]).await?.get(0))
    })
    .await?;
    let rows = database
        .query("select entity_id, count(*) from audit_logs group by entity_id", &[])
        .await?;
    for row in &rows {
        ensure!(
            row.get::<_, i64>(1) == 1,
            "{} has {} audit rows",
            row.get::<_, String>(0),
            row.get::<_, i64>(1)
        );
    }
    let audited: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
    let lost: Vec<&String> = acknowledged.difference(&audited).collect();
    ensure!(
        lost.is_empty(),
        "{} acknowledged tasks have no audit row, such as {}",
        lost.len(),
        lost[0]
    );
    Ok(rows.len())
}
