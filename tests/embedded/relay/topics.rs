//! The topics, and what `task-updates` holds.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::Message as _;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use rustix::process::Signal;
use serde_json::{Value, json};
use spindle_tests::{PATIENCE, Spindle, answer, eventually};

use super::alone::Outbox;

const DAY: u64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn absent_topics_are_made_with_their_settings() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    spindle.audit(spindle.create("one").await?["id"].as_str().context("no id")?, 1).await?;
    let brokers = &spindle.running.kafka_brokers;
    for (topic, count, name, value) in [
        ("task-events", 3, "retention.ms", (7 * DAY).to_string()),
        ("task-updates", 3, "cleanup.policy", "compact".to_owned()),
        ("reminders", 3, "retention.ms", (7 * DAY).to_string()),
        ("audit-events", 3, "retention.ms", (30 * DAY).to_string()),
        ("audit-write.dead-letter", 1, "retention.ms", (30 * DAY).to_string()),
        // 64 KiB above what the sources take by default.
        ("audit-write.dead-letter", 1, "max.message.bytes", "1114124".to_owned()),
    ] {
        let (partitions, settings) = describe(brokers, topic).await?;
        ensure!(partitions == count, "{topic} has {partitions} partitions");
        ensure!(settings.get(name) == Some(&value), "{topic}: {settings:?}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_topic_that_an_operator_made_stays_as_it_is() -> Result<()> {
    let outbox = Outbox::new().await?;
    let (_broker, brokers) = outbox.broker().await?;
    let topic =
        NewTopic::new("task-events", 1, TopicReplication::Fixed(1)).set("retention.ms", "3600000");
    for created in admin(&brokers)?.create_topics([&topic], &AdminOptions::new()).await? {
        created.map_err(|(name, error)| anyhow::anyhow!("{name}: {error}"))?;
    }
    let mut relay = outbox.relay(&brokers)?;
    let mut last = None;
    let made = eventually("the other topics", async || {
        let described = describe(&brokers, "audit-events").await;
        let there = matches!(described, Ok((3, _)));
        last = Some(described);
        Ok(there.then_some(()))
    });
    made.await.with_context(|| format!("{last:?}\n{}", relay.log_tail()))?;
    let (partitions, settings) = describe(&brokers, "task-events").await?;
    assert_eq!(partitions, 1);
    assert_eq!(settings.get("retention.ms").map(String::as_str), Some("3600000"));
    ensure!(relay.end(Signal::TERM).await?.success());
    outbox.spindle.stop().await
}

#[tokio::test]
async fn task_updates_has_each_task_as_it_is_and_nothing_of_one_that_was_deleted() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let kept = spindle.create("kept").await?;
    let gone = spindle.create("gone").await?;
    let path = |task: &Value| format!("/api/tasks/{}", task["id"].as_str().unwrap_or_default());
    let patch =
        spindle.client.patch(spindle.url(&path(&kept))).json(&json!({ "title": "changed" }));
    let (status, changed) = answer(patch.send().await?).await?;
    ensure!(status == 200, "{changed}");
    let (status, deleted) =
        answer(spindle.client.delete(spindle.url(&path(&gone))).send().await?).await?;
    ensure!(status == 200, "{deleted}");

    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", &spindle.running.kafka_brokers)
        .set("group.id", "updates-test")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut partitions = TopicPartitionList::new();
    for partition in 0..3 {
        partitions.add_partition_offset("task-updates", partition, Offset::Beginning)?;
    }
    consumer.assign(&partitions)?;
    let mut told: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for _ in 0..4 {
        let record = tokio::time::timeout(PATIENCE, consumer.recv())
            .await
            .with_context(|| format!("{told:?}"))??;
        let key = std::str::from_utf8(record.key().context("no key")?)?;
        assert!(record.headers().is_none(), "the task's state is no CloudEvent");
        let task = record.payload().map_or(Ok(Value::Null), serde_json::from_slice)?;
        told.entry(key.to_owned()).or_default().push(task);
    }
    let of = |task: &Value| told[task["id"].as_str().unwrap_or_default()].clone();
    assert_eq!(of(&kept), [kept.clone(), changed]);
    assert_eq!(of(&gone), [gone.clone(), Value::Null]);
    spindle.stop().await
}

fn admin(brokers: &str) -> Result<AdminClient<DefaultClientContext>> {
    Ok(ClientConfig::new().set("bootstrap.servers", brokers).create()?)
}

/// How many partitions a topic has, and its settings.
async fn describe(brokers: &str, topic: &str) -> Result<(usize, BTreeMap<String, String>)> {
    let admin = admin(brokers)?;
    let name = topic.to_owned();
    let resources = [ResourceSpecifier::Topic(topic)];
    let described = admin.describe_configs(&resources, &AdminOptions::new()).await?;
    let described = described.into_iter().next().context("no answer")??;
    let settings = described
        .entries
        .into_iter()
        .filter_map(|entry| Some((entry.name, entry.value?)))
        .collect();
    let partitions = tokio::task::spawn_blocking(move || {
        // All topics: to ask for one by its name may create it.
        let metadata = admin.inner().fetch_metadata(None, Duration::from_secs(10))?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == name);
        anyhow::Ok(topic.map_or(0, |topic| topic.partitions().len()))
    })
    .await??;
    Ok((partitions, settings))
}
