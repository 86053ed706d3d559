//! Postgres and the broker go away and come back.

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use spindle_tests::{Spindle, eventually, is_alive};

fn signal(pid: Option<i32>, signal: Signal) -> Result<()> {
    let pid = pid.and_then(Pid::from_raw).context("no such child")?;
    Ok(kill_process(pid, signal)?)
}

#[tokio::test]
async fn without_postgres_a_request_gets_503_until_it_is_back() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("before").await?;
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap_or_default());

    // A fast shutdown, as for an update of Postgres; `spindle up` starts it again.
    signal(spindle.running.postgres_pid, Signal::INT)?;
    let mut refused = 0;
    let back = eventually("Postgres to be back", async || {
        let (status, body) = spindle.get(&path).await?;
        match status {
            200 if refused > 0 => return Ok(Some(body)),
            200 => {}
            503 => {
                refused += 1;
                assert_eq!(body["status"], 503);
                assert!(body["correlation_id"].is_string(), "{body}");
                assert!(!body.to_string().contains("127.0.0.1"), "{body}");
            }
            other => anyhow::bail!("answered {other}: {body}"),
        }
        Ok(None)
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
    // Stopped, not ended: nobody answers, and nobody starts it again.
    signal(spindle.running.postgres_pid, Signal::INT)?;
    eventually("readiness to fail", async || {
        let (status, body) = spindle.get("/ready").await?;
        if status == 503 {
            assert_eq!(body["status"], "not_ready");
            assert_eq!(body["database"], "unreachable");
        }
        assert_eq!(spindle.get("/health").await?, (200, json!({ "status": "healthy" })));
        Ok((status == 503).then_some(()))
    })
    .await?;
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
        signal(
            spindle.running.broker_pid.filter(|_| round == 0).or(broker_now(&spindle)?),
            Signal::KILL,
        )?;
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
    // The broker was started again under another pid, which `run.json` doesn't know.
    let broker = broker_now(&spindle)?;
    spindle.stop().await?;
    assert!(!broker.is_some_and(is_alive), "the last broker is gone");
    Ok(())
}

/// The broker that runs now, by its pid file.
fn broker_now(spindle: &Spindle) -> Result<Option<i32>> {
    let file = std::fs::read(spindle.data().join("broker.pid"))?;
    let identity: serde_json::Value = serde_json::from_slice(&file)?;
    Ok(identity["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()))
}
