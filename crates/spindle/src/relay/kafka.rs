//! The relay's side of Kafka: a producer that can be given up for certain.

use std::collections::HashSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, RawFd};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::client::Client;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{
    BaseProducer, DefaultProducerContext as ProducerContext, FutureProducer, FutureRecord,
    Producer as _, PurgeConfig,
};
use rustix::net::{getpeername, sockopt};
use spin_kafka_trigger::properties;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::topics;

/// How long a cluster may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing may be acknowledged before we ask whether Kafka is there for us.
const SILENCE: Duration = Duration::from_secs(3);
/// How long each of its brokers may take to answer that.
const ANSWER: Duration = Duration::from_secs(2);
/// How much longer all of what is asked at once may take.
const MORE: Duration = Duration::from_secs(1);
/// How long the end of a producer is waited for.
const CLOSING: Duration = Duration::from_secs(1);

/// What the relay's clients are told. `properties` has librdkafka's, one a line; ours come after them.
///
/// # Errors
/// If they can't be read, or not be had. Their values aren't shown.
pub fn config(brokers: &str, properties: &str) -> Result<ClientConfig> {
    let mut config = ClientConfig::new();
    for (name, value) in properties::parse(properties).context("KAFKA_PROPERTIES")? {
        config.set(name, value);
    }
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", "spindle-relay")
        // Retries neither duplicate nor reorder.
        .set("enable.idempotence", "true")
        .set("acks", "all")
        // A record that timed out would leave a gap before its successors; we rather wait.
        .set("message.timeout.ms", "0")
        .set("linger.ms", "1")
        // Java's, so that any client finds a task's events in the same partition.
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("reconnect.backoff.max.ms", "1000");
    match config.create_native_config() {
        Ok(_) => Ok(config),
        Err(KafkaError::ClientConfig(_, _, name, _)) => {
            bail!(
                "KAFKA_PROPERTIES: {name} is no property of librdkafka's, or may not have this value"
            )
        }
        Err(error) => Err(error).context("KAFKA_PROPERTIES"),
    }
}

/// A producer, with the topics it needs. However it ends, nothing of it arrives later.
pub struct Kafka {
    config: ClientConfig,
    /// There until it is closed.
    producer: Option<FutureProducer>,
    /// Where its brokers listen, whatever their hosts.
    ports: HashSet<u16>,
}

/// Nothing is acknowledged, and whoever has to do that doesn't answer us. Another may reach it.
#[derive(Debug)]
pub struct Silent;

impl std::fmt::Display for Silent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kafka is silent")
    }
}

impl Kafka {
    /// Makes the topics that are missing, and a producer.
    pub async fn open(config: ClientConfig) -> Result<Self> {
        let producer = config.create().context("can't make a Kafka producer")?;
        let mut kafka = Self { config, producer: Some(producer), ports: HashSet::new() };
        topics::ensure(&kafka.config).await?;
        kafka.learn(PATIENCE).await?;
        Ok(kafka)
    }

    /// Learns where the brokers listen now. It is soon enough when the producer is about to be used.
    pub async fn learn(&mut self, patience: Duration) -> Result<()> {
        let brokers = self.ask(patience, move |client| client.fetch_metadata(None, patience));
        let brokers = brokers.await?;
        let ports = brokers.brokers().iter().filter_map(|it| u16::try_from(it.port()).ok());
        self.ports.extend(ports);
        Ok(())
    }

    /// Hands a record over.
    pub fn send(&self, record: FutureRecord<'_, str, [u8]>) -> Result<DeliveryFuture> {
        let producer = self.producer.as_ref().context("the producer is closed")?;
        let handed_over = producer.send_result(record).map_err(|(error, _)| error);
        handed_over.context("the producer does not take an event")
    }

    /// While nothing is acknowledged: asks the topic's leaders again and again, on connections of their own, for what waits
    /// on the producer's may be long.
    ///
    /// # Errors
    /// [`Silent`], if one of them doesn't answer.
    pub async fn silence(&self, topic: &str) -> Result<Infallible> {
        let mut told = false;
        loop {
            sleep(SILENCE).await;
            let name = topic.to_owned();
            let asked = self.ask(ANSWER, move |client| {
                let known = client.fetch_metadata(Some(&name), ANSWER)?;
                let partitions = known.topics().iter().flat_map(|topic| topic.partitions());
                for partition in partitions {
                    client.fetch_watermarks(&name, partition.id(), ANSWER)?;
                }
                Ok(())
            });
            asked.await.context(Silent)?;
            if !std::mem::replace(&mut told, true) {
                warn!(topic, "Kafka answers, and has acknowledged nothing for some seconds");
            }
        }
    }

    /// Ends the producer, and whatever Kafka has not taken of it. True once that is over, which it is not where librdkafka
    /// is held up.
    pub async fn close(mut self) -> bool {
        self.let_go();
        let Some(producer) = self.producer.take() else { return true };
        let ending = tokio::task::spawn_blocking(|| end(producer));
        timeout(CLOSING, ending).await.is_ok()
    }

    /// What Kafka has not taken must not arrive after what another relay sends. A system goes on to deliver what a closed
    /// connection was given, for minutes; so it is told not to.
    fn let_go(&self) {
        for descriptor in descriptors() {
            // SAFETY: the number was a descriptor a moment ago. Should it be another's by now, that one is asked where
            // it is connected, and that is all unless it is a connection to one of these ports.
            let socket = unsafe { BorrowedFd::borrow_raw(descriptor) };
            let peer =
                getpeername(socket).ok().flatten().and_then(|it| SocketAddr::try_from(it).ok());
            if peer.is_some_and(|peer| self.ports.contains(&peer.port())) {
                let _closed_by_now = sockopt::set_socket_linger(socket, Some(Duration::ZERO));
            }
        }
    }

    /// Asks by a client of its own, which may take longer to end than to answer.
    async fn ask<T: Send + 'static>(
        &self,
        patience: Duration,
        question: impl FnOnce(&Client<ProducerContext>) -> KafkaResult<T> + Send + 'static,
    ) -> Result<T> {
        let config = self.config.clone();
        let (tell, told) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            let client: KafkaResult<BaseProducer> = config.create();
            let answer = client.as_ref().map_err(Clone::clone).and_then(|it| question(it.client()));
            let _nobody_waits = tell.send(answer);
        });
        // Several questions, or a name that isn't found, could take longer.
        let answer = timeout(patience + MORE, told).await.context("Kafka does not answer")?;
        answer.context("nobody could ask Kafka")?.context("can't reach Kafka")
    }
}

impl Drop for Kafka {
    /// Where nobody closes it, because its time was over.
    fn drop(&mut self) {
        if let Some(producer) = self.producer.take() {
            self.let_go();
            std::thread::spawn(|| end(producer));
        }
    }
}

/// Takes its time: threads are waited for.
fn end(producer: FutureProducer) {
    producer.purge(PurgeConfig::default().queue().inflight());
}

/// The numbers of this process' open files.
fn descriptors() -> Vec<RawFd> {
    let entries = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
