//! The relay's side of Kafka: a producer that can be given up for certain.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, RawFd};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use rdkafka::producer::{BaseProducer, FutureProducer, Producer as _, PurgeConfig};
use rustix::net::{getpeername, sockopt};
use spin_kafka_trigger::properties;

use super::topics;

/// How long a cluster may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to answer whether it is there.
const ANSWER: Duration = Duration::from_secs(2);

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

/// A producer, with the topics it needs.
pub struct Kafka {
    config: ClientConfig,
    producer: FutureProducer,
    /// Where its brokers listen, whatever their hosts.
    ports: HashSet<u16>,
}

impl Kafka {
    /// Makes the topics that are missing, and a producer.
    pub async fn open(config: ClientConfig) -> Result<Self> {
        let producer = config.create().context("can't make a Kafka producer")?;
        topics::ensure(&config).await?;
        let brokers = metadata(&config, PATIENCE).await?;
        let ports = brokers.brokers().iter().filter_map(|it| u16::try_from(it.port()).ok());
        Ok(Self { ports: ports.collect(), config, producer })
    }

    pub fn producer(&self) -> &FutureProducer {
        &self.producer
    }

    /// Asks the cluster for anything, on a connection of its own: what waits on the producer's may be long.
    ///
    /// # Errors
    /// If it doesn't answer.
    pub async fn answers(&self) -> Result<()> {
        metadata(&self.config, ANSWER).await.map(drop)
    }

    /// Gives up the producer, and whatever Kafka has not taken of it: that must not arrive after what another relay
    /// sends. A system goes on to deliver what a closed connection was given, for minutes; so it is told not to.
    pub fn abandon(self) {
        self.producer.purge(PurgeConfig::default().queue().inflight());
        for descriptor in descriptors() {
            // SAFETY: the number was a descriptor a moment ago. Should it be another's by now, that one is asked where
            // it is connected, and that is all unless it is a connection to the same brokers.
            let socket = unsafe { BorrowedFd::borrow_raw(descriptor) };
            let peer =
                getpeername(socket).ok().flatten().and_then(|it| SocketAddr::try_from(it).ok());
            if peer.is_some_and(|peer| self.ports.contains(&peer.port())) {
                let _closed_by_now = sockopt::set_socket_linger(socket, Some(Duration::ZERO));
            }
        }
    }
}

/// The numbers of this process' open files.
fn descriptors() -> Vec<RawFd> {
    let entries = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

async fn metadata(config: &ClientConfig, patience: Duration) -> Result<Metadata> {
    let config = config.clone();
    let asking = tokio::task::spawn_blocking(move || {
        let client: BaseProducer = config.create()?;
        client.client().fetch_metadata(None, patience)
    });
    asking.await.context("nobody could ask Kafka")?.context("can't reach Kafka")
}
