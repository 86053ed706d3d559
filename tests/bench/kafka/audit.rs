//! Events per second through the component `audit-write`, beside a loop in Rust with the same statement.

use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use domain::AuditEntry;
use futures::StreamExt as _;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::{ClientConfig, Message as _};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use spindle_tests::{Spindle, repository};
use uuid::Uuid;

use super::{PARTITIONS, Record, create, fill, free_port, median, watched};

const EVENTS: usize = 30_000;
const ROUNDS: usize = 3;
const BATCH: usize = 500;
const TOPIC: &str = "task-events";

/// Writes as many audit rows by turns, in the same table.
pub async fn audit(brokers: Option<&str>) -> Result<()> {
    let metrics = format!("127.0.0.1:{}", free_port());
    let mut environment = vec![("SPINDLE_METRICS_LISTEN", metrics.as_str())];
    environment.extend(brokers.map(|brokers| ("KAFKA_BROKERS", brokers)));
    let spindle = Spindle::start_with(&environment).await?;
    let brokers = spindle.running.kafka_brokers.clone();
    // Then the topics are there, too.
    spindle_tests::eventually("the group's partitions", async || {
        let ready = reqwest::get(format!("http://{metrics}/readyz")).await?;
        Ok(ready.status().is_success().then_some(()))
    })
    .await?;
    let process = Pid::from_raw(spindle.running.pid).context("no process")?;
    let (mut ours, mut native) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // The consumer must not begin before all is there.
        kill_process(process, Signal::STOP)?;
        let filled = fill(&brokers, TOPIC, &events());
        kill_process(process, Signal::CONT)?;
        filled?;
        let (start, end) = (round * EVENTS, (round + 1) * EVENTS);
        let series = r#"spin_kafka_records_total topic="task-events""#;
        ours.push(watched(&metrics, series, start as u64, end as u64).await?);
        let topic = format!("bench-audit-{round}");
        create(&brokers, &topic).await?;
        fill(&brokers, &topic, &events())?;
        native.push(by_hand(&spindle, &topic).await?);
    }
    let rows: i64 =
        spindle.database().await?.query_one("select count(*) from audit_logs", &[]).await?.get(0);
    ensure!(rows == (2 * ROUNDS * EVENTS) as i64, "{rows} audit rows");
    let (ours, native) = (median(ours)?, median(native)?);
    println!(
        "events through audit-write       {ours:>9.0}/s   a loop in Rust {native:>7.0}/s   {:.3} (aim 0.8)",
        ours / native
    );
    spindle.stop().await
}

/// Events as the relay sends them, each of a task of its own.
fn events() -> Vec<Record> {
    (0..EVENTS)
        .map(|number| {
            let (event, task) = (Uuid::now_v7(), Uuid::now_v7());
            let user = "00000000-0000-7000-8000-000000000001";
            let time = "2026-11-21T12:00:00Z";
            let value = json!({
                "event_id": event, "event_type": "task.created", "topic_name": TOPIC,
                "correlation_id": format!("bench-{number}"), "timestamp": time,
                "source_service": "tasks", "user_id": user,
                "payload": { "old": null, "task": {
                    "id": task, "user_id": user, "version": 1, "title": "buy milk",
                    "description": null, "due_date": null, "all_day": false, "timezone": "UTC",
                    "priority": "high", "tags": [], "status": "active", "reminder_config": null,
                    "recurrence_rule": null, "reminder_id": null, "parent_task_id": null,
                    "series_id": null, "occurrence": null, "series_start": null, "series_fields": null,
                    "created_at": time, "updated_at": time, "completed_at": null, "deleted_at": null,
                }},
            });
            Record { key: task.to_string(), value: value.to_string() }
        })
        .collect()
}

/// A task for each partition, each with its connection: parse, insert by the same statement, commit.
async fn by_hand(spindle: &Spindle, topic: &str) -> Result<f64> {
    let file = repository().join("sql/system/audit_log_insert_many.sql");
    let statement = std::fs::read_to_string(file)?;
    // From the first record on, as of the trigger.
    let begin = OnceLock::new();
    let tasks = (0..PARTITIONS).map(|partition| {
        let (statement, begin) = (statement.as_str(), &begin);
        async move {
            let client = spindle.database().await?;
            let insert = client.prepare(statement).await?;
            let consumer: StreamConsumer = ClientConfig::new()
                .set("bootstrap.servers", &spindle.running.kafka_brokers)
                .set("group.id", format!("native-{topic}"))
                .set("enable.auto.commit", "false")
                .create()?;
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(topic, partition, Offset::Beginning)?;
            consumer.assign(&list)?;
            let mut batches = consumer.stream().ready_chunks(BATCH);
            let mut left = EVENTS / PARTITIONS as usize;
            while left > 0 {
                let batch = batches.next().await.context("no records")?;
                begin.get_or_init(Instant::now);
                let mut entries = Vec::with_capacity(batch.len());
                let mut next = 0;
                for record in batch {
                    let record = record?;
                    entries.push(AuditEntry::from_event(record.payload().unwrap_or_default())?);
                    next = record.offset() + 1;
                }
                left -= entries.len();
                client.execute(&insert, &[&serde_json::to_string(&entries)?]).await?;
                let mut list = TopicPartitionList::new();
                list.add_partition_offset(topic, partition, Offset::Offset(next))?;
                consumer.commit(&list, CommitMode::Async)?;
            }
            Ok::<_, anyhow::Error>(())
        }
    });
    futures::future::try_join_all(tasks).await?;
    let begin = begin.get().context("no records")?;
    Ok(EVENTS as f64 / begin.elapsed().as_secs_f64())
}
