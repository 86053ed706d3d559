//! Records per second through a handler that does nothing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{ClientConfig, Message as _};
use spindle_tests::{PATIENCE, Process};

use super::{Record, create, fill, free_port, median, watched};

const ROUNDS: usize = 3;
const BATCH: usize = 500;

/// Reads one topic again and again, by turns with a plain loop and with the trigger. `count` records, far more than are
/// fetched ahead: a smaller topic would be in the consumer's memory before anybody begins to count.
pub async fn records(brokers: &str, count: usize) -> Result<()> {
    let topic = "bench-records";
    create(brokers, topic).await?;
    let value = "x".repeat(200);
    let records: Vec<Record> = (0..count)
        .map(|number| Record { key: format!("key-{}", number % 1000), value: value.clone() })
        .collect();
    fill(brokers, topic, &records)?;
    let (mut plain, mut triggered) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (brokers_, group) = (brokers.to_owned(), format!("plain-{round}"));
        plain.push(
            tokio::task::spawn_blocking(move || by_hand(&brokers_, topic, &group, count)).await??,
        );
        triggered.push(by_trigger(brokers, topic, &format!("trigger-{round}"), count).await?);
    }
    let (plain, triggered) = (median(plain)?, median(triggered)?);
    println!(
        "records through an empty handler {triggered:>9.0}/s   a plain loop {plain:>9.0}/s   {:.3} (aim 0.5)",
        triggered / plain
    );
    Ok(())
}

/// What somebody writes without a trigger: poll, look at the record, commit now and then.
fn by_hand(brokers: &str, topic: &str, group: &str, count: usize) -> Result<f64> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&[topic])?;
    let (mut first, mut read, mut bytes) = (None, 0_usize, 0_usize);
    let mut last = Instant::now();
    while read < count {
        // Also nothing when it has seen to a rebalance or a commit.
        let Some(record) = consumer.poll(Duration::from_secs(1)) else {
            let silent = last.elapsed();
            ensure!(silent < PATIENCE, "no record for {silent:.0?} after {read} of {count}");
            continue;
        };
        let record = record?;
        last = Instant::now();
        first.get_or_insert_with(Instant::now);
        bytes += record.payload().map_or(0, <[u8]>::len) + record.key().map_or(0, <[u8]>::len);
        read += 1;
        if read.is_multiple_of(BATCH) {
            consumer.commit_consumer_state(CommitMode::Async)?;
        }
    }
    std::hint::black_box(bytes);
    Ok(read as f64 / first.context("nothing was read")?.elapsed().as_secs_f64())
}

/// The plugin with the component `kafka-sink`.
async fn by_trigger(brokers: &str, topic: &str, group: &str, count: usize) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let wasm = std::env::var("SPINDLE_WASM_DIR").context("SPINDLE_WASM_DIR")?;
    let manifest = format!(
        r#"spin_manifest_version = 2
        [application]
        name = "bench"
        [application.trigger.kafka]
        brokers = "{brokers}"
        [[trigger.kafka]]
        component = "sink"
        topics = ["{topic}"]
        group = "{group}"
        batch = {{ records = {BATCH} }}
        [component.sink]
        source = "{wasm}/kafka_sink.wasm""#
    );
    let app = folder.path().join("spin.toml");
    std::fs::write(&app, manifest)?;
    let metrics = format!("127.0.0.1:{}", free_port());
    let environment = vec![
        ("SPIN_LOCKED_URL".to_owned(), app.to_string_lossy().into_owned()),
        ("SPIN_KAFKA_METRICS_LISTEN".to_owned(), metrics.clone()),
    ];
    let program = spindle_tests::trigger_program();
    let log = folder.path().join("log");
    let mut process = Process::spawn(&program, &[], &environment, &log)?;
    spindle_tests::eventually("metrics", async || {
        Ok(reqwest::get(format!("http://{metrics}/livez")).await.ok())
    })
    .await?;
    let rate = watched(&metrics, "spin_kafka_records_total", 0, count as u64).await?;
    process.end(rustix::process::Signal::TERM).await?;
    Ok(rate)
}
