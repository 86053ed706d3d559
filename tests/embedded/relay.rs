//! The relay loses nothing and keeps each task's order, whatever the order of commits.

mod alone;
mod retention;
mod takeover;
mod topics;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;
use spindle_tests::{Process, Spindle, spindle_program};
use tokio::task::JoinSet;

const WRITERS: usize = 32;
const TASKS_EACH: usize = 8;
const CHANGES_EACH: usize = 12;

/// One change in a transaction of its own: it locks the task's row, takes its place among the task's changes, and
/// waits before it commits, so that commits overtake each other.
const CHANGE: &str = "
    with changed as (
        update tasks set version = version + 1 where id = $1 returning user_id, id, version
    )
    insert into events (user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service)
    select user_id, $2, id, 'task.updated', 'task-events', 'relay-test',
           jsonb_build_object('task', jsonb_build_object('version', version)), 'test'
      from changed";

#[tokio::test]
async fn no_event_is_lost_or_reordered_while_writers_commit_out_of_order() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let mut tasks = Vec::new();
    for number in 0..TASKS_EACH * 4 {
        let task = spindle.create(&format!("task {number}")).await?;
        tasks.push(task["id"].as_str().context("no id")?.parse::<uuid::Uuid>()?);
    }

    // One holds its transaction open from before the first to after the last.
    let mut holder = spindle.database().await?;
    let held = holder.transaction().await?;
    let first_in = uuid::Uuid::now_v7();
    let held_task =
        spindle.create("held").await?["id"].as_str().context("no id")?.parse::<uuid::Uuid>()?;
    held.execute(CHANGE, &[&held_task, &first_in]).await?;

    let mut expected: HashSet<String> = HashSet::from([first_in.to_string()]);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let mut database = spindle.database().await?;
        let tasks = tasks.clone();
        writers.spawn(async move {
            let mut ids = Vec::new();
            for change in 0..CHANGES_EACH {
                let task = tasks[(writer * 7 + change * 5) % tasks.len()];
                let id = uuid::Uuid::now_v7();
                let transaction = database.transaction().await?;
                transaction.execute(CHANGE, &[&task, &id]).await?;
                // Not a wait for something: it makes commits overtake each other.
                tokio::time::sleep(Duration::from_millis(
                    ((writer * 13 + change * 29) % 23) as u64,
                ))
                .await;
                transaction.commit().await?;
                ids.push(id.to_string());
            }
            anyhow::Ok(ids)
        });
    }
    while let Some(written) = writers.join_next().await {
        expected.extend(written??);
    }
    held.commit().await?;
    ensure!(expected.len() == WRITERS * CHANGES_EACH + 1);

    let versions = consume(&spindle.running.kafka_brokers, expected).await?;
    for (task, versions) in versions {
        ensure!(versions.is_sorted(), "task {task} was told in the order {versions:?}");
    }
    spindle.stop().await
}

/// Reads `task-events` until all expected events were seen; returns the versions of each task in their order.
async fn consume(
    brokers: &str,
    mut expected: HashSet<String>,
) -> Result<HashMap<String, Vec<i64>>> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "relay-test")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut partitions = TopicPartitionList::new();
    for partition in 0..3 {
        partitions.add_partition_offset("task-events", partition, Offset::Beginning)?;
    }
    consumer.assign(&partitions)?;
    let mut seen = HashSet::new();
    let mut versions: HashMap<String, Vec<i64>> = HashMap::new();
    while !expected.is_empty() {
        let record = tokio::time::timeout(spindle_tests::PATIENCE, consumer.recv())
            .await
            .with_context(|| format!("{} events never came", expected.len()))??;
        let event: Value = serde_json::from_slice(record.payload().context("no value")?)?;
        let id = event["event_id"].as_str().context("no event_id")?.to_owned();
        let headers = record.headers().context("no headers")?;
        let ce_id = headers.iter().find(|header| header.key == "ce_id").context("no ce_id")?;
        assert_eq!(ce_id.value, Some(id.as_bytes()));
        expected.remove(&id);
        // At least once: what comes again is no change of order.
        if seen.insert(id) && event["event_type"] == "task.updated" {
            let task = std::str::from_utf8(record.key().context("no key")?)?.to_owned();
            let version = event["payload"]["task"]["version"].as_i64().context("no version")?;
            versions.entry(task).or_default().push(version);
        }
    }
    Ok(versions)
}

/// `spindle relay`, with its log in a folder.
fn relay(database_url: &str, brokers: &str, folder: &Path) -> Result<Process> {
    let environment =
        [("DATABASE_URL", database_url), ("KAFKA_BROKERS", brokers), ("RUST_LOG", "spindle=debug")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let log = folder.join(format!("relay-{}.log", uuid::Uuid::now_v7()));
    Process::spawn(&spindle_program(), &["--log-format", "json", "relay"], &environment, &log)
}
