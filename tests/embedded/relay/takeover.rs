//! Two relays, of which the active one falls silent and comes back.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use spindle_tests::{Spindle, eventually};
use tokio::task::JoinSet;
use tokio_postgres::Client;

const WRITERS: usize = 8;
const TASKS: usize = 16;
const TAKEOVERS: usize = 2;

#[tokio::test]
async fn a_relay_that_falls_silent_in_mid_batch_and_comes_back_loses_and_reorders_nothing()
-> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let mut tasks = Vec::new();
    for number in 0..TASKS {
        let task = spindle.create(&format!("task {number}")).await?;
        tasks.push(task["id"].as_str().context("no id")?.parse::<uuid::Uuid>()?);
    }
    let folder = tempfile::tempdir()?;
    let running = &spindle.running;
    let database = spindle.database().await?;
    let first = eventually("the first relay to take the lease", async || {
        Ok(Some(lease(&database).await?.holder).filter(|holder| !holder.is_empty()))
    })
    .await?;
    let mut second = super::relay(&running.database_url, &running.kafka_brokers, folder.path())?;

    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (mut database, stop) = (spindle.database().await?, Arc::clone(&stop));
        let tasks = tasks.clone();
        writers.spawn(async move {
            let mut ids = Vec::new();
            for change in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let id = uuid::Uuid::now_v7();
                let transaction = database.transaction().await?;
                let task = tasks[(writer * 7 + change * 5) % tasks.len()];
                transaction.execute(super::CHANGE, &[&task, &id]).await?;
                // Not a wait for something: it makes commits overtake each other.
                let pause = ((writer * 13 + change * 29) % 23) as u64;
                tokio::time::sleep(Duration::from_millis(pause)).await;
                transaction.commit().await?;
                ids.push(id.to_string());
            }
            anyhow::Ok(ids)
        });
    }

    let second_pid = second.pid().context("it has ended")?;
    let pid_of = |holder: &str| if holder == first { running.pid } else { second_pid };
    for _ in 0..TAKEOVERS {
        let (pid, frozen) = freeze_in_mid_batch(&database, pid_of).await?;
        eventually("the other relay to publish", async || {
            let now = lease(&database).await?;
            Ok((now.epoch > frozen.epoch && now.published > frozen.given).then_some(()))
        })
        .await?;
        signal(pid, Signal::CONT)?;
    }
    stop.store(true, Ordering::Relaxed);
    let mut expected = HashSet::new();
    while let Some(written) = writers.join_next().await {
        expected.extend(written??);
    }
    let versions = super::consume(&running.kafka_brokers, expected).await?;
    for (task, versions) in versions {
        ensure!(versions.is_sorted(), "task {task} was told in the order {versions:?}");
    }
    ensure!(second.end(Signal::TERM).await?.success(), "{}", second.log_tail());
    spindle.stop().await
}

struct Lease {
    holder: String,
    epoch: i64,
    given: i64,
    published: i64,
}

async fn lease(database: &Client) -> Result<Lease> {
    let lease = "select holder, epoch, last_position, published from relay_lease";
    let row = database.query_one(lease, &[]).await?;
    Ok(Lease { holder: row.get(0), epoch: row.get(1), given: row.get(2), published: row.get(3) })
}

/// Stops the process of the relay that holds the lease while events have positions that are not noted as published.
async fn freeze_in_mid_batch(
    database: &Client,
    pid_of: impl Fn(&str) -> i32,
) -> Result<(i32, Lease)> {
    eventually("a relay in mid-batch", async || {
        let holder = lease(database).await?.holder;
        let pid = pid_of(&holder);
        signal(pid, Signal::STOP)?;
        // It may have lost the lease before it was stopped.
        let lease = lease(database).await?;
        if lease.given > lease.published && lease.holder == holder {
            return Ok(Some((pid, lease)));
        }
        signal(pid, Signal::CONT)?;
        Ok(None)
    })
    .await
}

fn signal(pid: i32, signal: Signal) -> Result<()> {
    Ok(kill_process(Pid::from_raw(pid).context("no such process")?, signal)?)
}
