//! The Kafka trigger beside loops in Rust that do the same without it, on one broker, in one run.

#[path = "../../../crates/spin-kafka-trigger/tests/delivery/apache.rs"]
mod apache;
mod audit;
mod delay;
mod records;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::error::KafkaError;
use rdkafka::producer::{
    BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer,
};
use rdkafka::util::Timeout;
use spindle_tests::Spindle;

use apache::{Apache, Options, free_port};

pub const PARTITIONS: i32 = 3;

/// Measures everything that concerns Kafka.
pub async fn kafka() -> Result<()> {
    if let Some(jars) = apache::jars() {
        println!("\nwith Apache Kafka");
        let port = free_port();
        let _apache = Apache::start(&jars, &apache::folder(), port, port, &Options::default());
        let address = format!("127.0.0.1:{port}");
        records::records(&address, 1_500_000).await?;
        audit::audit(Some(&address)).await?;
        delay::delay(Some(&address)).await?;
    }
    println!("\nwith the embedded broker");
    let spindle = Spindle::start_embedded().await?;
    records::records(&spindle.running.kafka_brokers, 300_000).await?;
    spindle.stop().await?;
    audit::audit(None).await?;
    delay::delay(None).await
}

/// Makes a topic and fills it, round robin.
fn fill(brokers: &str, topic: &str, records: &[Record]) -> Result<()> {
    let (failed, failures) = std::sync::mpsc::channel();
    let producer: ThreadedProducer<Deliveries> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("linger.ms", "20")
        .set("queue.buffering.max.messages", "1000000")
        .set("queue.buffering.max.kbytes", "1000000")
        .create_with_context(Deliveries(failed))?;
    for (record, partition) in records.iter().zip((0..PARTITIONS).cycle()) {
        let record =
            BaseRecord::to(topic).partition(partition).key(&record.key).payload(&record.value);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(Timeout::After(Duration::from_secs(120)))?;
    match failures.try_recv() {
        Ok(error) => Err(error.into()),
        Err(_) => Ok(()),
    }
}

/// Tells of records that were not taken.
struct Deliveries(std::sync::mpsc::Sender<KafkaError>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            // Whoever fills the topic has given up already.
            let _ = self.0.send(error.clone());
        }
    }
}

/// Makes a topic if it is absent.
async fn create(brokers: &str, topic: &str) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let topic = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
    for created in admin.create_topics([&topic], &AdminOptions::new()).await? {
        match created {
            Ok(_) | Err((_, rdkafka::types::RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, error)) => anyhow::bail!("{name}: {error}"),
        }
    }
    Ok(())
}

/// What is sent.
struct Record {
    key: String,
    value: String,
}

/// Watches a counter of a trigger until it has reached a value: records per second in between, from the first that were
/// seen to the last.
async fn watched(metrics: &str, series: &str, start: u64, end: u64) -> Result<f64> {
    let client = reqwest::Client::new();
    let mut first: Option<(Instant, u64)> = None;
    let begin = Instant::now();
    loop {
        let text = client.get(format!("http://{metrics}/metrics")).send().await?.text().await?;
        let (now, done) = (Instant::now(), sum(&text, series));
        match first {
            None if done > start => first = Some((now, done)),
            Some((at, count)) if done >= end => {
                return Ok((done - count) as f64 / (now - at).as_secs_f64());
            }
            _ => {}
        }
        ensure!(begin.elapsed() < Duration::from_secs(300), "{done} of {end} {series}: {text}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// All series of a counter whose labels have this in them.
fn sum(metrics: &str, series: &str) -> u64 {
    let (name, label) = series.split_once(' ').unwrap_or((series, ""));
    metrics
        .lines()
        .filter(|line| line.starts_with(name) && line.contains(label))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

fn median(mut rates: Vec<f64>) -> Result<f64> {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().context("nothing was measured")
}
