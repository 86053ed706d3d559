//! Postgres and the broker go away and come back.

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use spindle_tests::{Spindle, eventually, is_alive};

fn signal(pid: Option<i32>, signal: Signal) -> Result<()> {
    let pid = pid.and_then(Pid::from_raw).context("no such child")?;
    Ok(kill_process(pid, signal)?)
}

/// Ends Postgres and keeps it down: it reads its configuration when it starts.
fn take_down(spindle: &Spindle) -> Result<()> {
    let folder = spindle.data().join("postgres");
    std::fs::rename(folder.join("postgresql.conf"), folder.join("away.conf"))?;
    // A fast shutdown, as for an update of Postgres; `spindle up` tries to start it again.
    signal(spindle.running.postgres_pid, Signal::INT)
}

fn bring_up(spindle: &Spindle) -> Result<()> {
    let folder = spindle.data().join("postgres");
    Ok(std::fs::rename(folder.join("away.conf"), folder.join("postgresql.conf"))?)
}

#[tokio::test]
async fn without_postgres_a_request_gets_503_until_it_is_back() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("before").await?;
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap_or_default());

    take_down(&spindle)?;
    let refusal = eventually("a refusal", async || match spindle.get(&path).await? {
        (200, _) => Ok(None),
        (503, body) => Ok(Some(body)),
        (other, body) => anyhow::bail!("answered {other}: {body}"),
    })
    .await?;
    assert_eq!(refusal["status"], 503);
    assert!(refusal["correlation_id"].is_string(), "{refusal}");
    assert!(!refusal.to_string().contains("127.0.0.1"), "{refusal}");
    assert_eq!(spindle.post("/api/tasks", &json!({ "title": "meanwhile" })).await?.0, 503);

    bring_up(&spindle)?;
    let back = eventually("Postgres to be back", async || match spindle.get(&path).await? {
        (200, body) => Ok(Some(body)),
        (503, _) => Ok(None),
        (other, body) => anyhow::bail!("answered {other}: {body}"),
    })
    .await?;
    assert_eq!(back, task);
    let after = spindle.create("after").await?;
    spindle.audit(after["id"].as_str().unwrap_or_default(), 1).await?;
    spindle.stop().await
}

#[tokio::test]
async fn readiness_fails_without_postgres_and_liveness_does_not() -> Result<()> {
    let spindle = Spindle::start().await?;
    take_down(&spindle)?;
    let not_ready = eventually("readiness to fail", async || {
        let (status, body) = spindle.get("/ready").await?;
        Ok((status == 503).then_some(body))
    })
    .await?;
    assert_eq!(not_ready["status"], "not_ready");
    assert_eq!(not_ready["database"], "unreachable");
    assert_eq!(spindle.get("/health").await?, (200, json!({ "status": "healthy" })));

    bring_up(&spindle)?;
    eventually("readiness to recover", async || {
        Ok((spindle.get("/ready").await?.0 == 200).then_some(()))
    })
    .await?;
    spindle.stop().await
}

#[tokio::test]
async fn what_happens_while_the_broker_is_dead_is_told_later() -> Result<()> {
    let spindle = Spindle::start().await?;
    let mut ids = Vec::new();
    for round in 0..3 {
        signal(spindle.broker_pid(), Signal::KILL)?;
        for number in 0..5 {
            let task = spindle.create(&format!("round {round}, task {number}")).await?;
            ids.push(task["id"].as_str().unwrap_or_default().to_owned());
        }
        let last = ids.last().context("no task")?;
        spindle.audit(last, 1).await?;
    }
    for id in &ids {
        assert_eq!(spindle.audit(id, 1).await?.len(), 1, "{id}");
    }
    let broker = spindle.broker_pid();
    ensure!(broker.is_some_and(|pid| Some(pid) != spindle.running.broker_pid), "{broker:?}");
    spindle.stop().await?;
    assert!(!broker.is_some_and(is_alive), "the last broker is gone");
    Ok(())
}
