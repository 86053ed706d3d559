//! A real Kafka broker, and what a test does with it besides consuming: Apache Kafka where SPINDLE_TEST_KAFKA names the
//! folder of its jars, else the embedded one.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;

use crate::apache::{self, Apache, Options, free_port};
use crate::embedded::Embedded;

/// A broker that ends with this value.
pub struct Broker {
    /// What clients are told to connect to.
    pub address: String,
    _server: Server,
}

#[expect(dead_code, reason = "held to be dropped")]
enum Server {
    Embedded(Embedded),
    Apache(Apache),
}

impl Broker {
    /// The broker that all tests share; each has its own topics and groups.
    pub fn shared() -> &'static Broker {
        static SHARED: OnceLock<Broker> = OnceLock::new();
        SHARED.get_or_init(|| {
            let port = free_port();
            Broker::start(port, port)
        })
    }

    /// Listens on `port` and tells clients to connect to `advertised`.
    pub fn start(port: u16, advertised: u16) -> Broker {
        let server = match apache::jars() {
            Some(jars) => {
                let folder = apache::folder();
                Server::Apache(Apache::start(&jars, &folder, port, advertised, &Options::default()))
            }
            None => Server::Embedded(Embedded::start(port, advertised)),
        };
        Broker { address: format!("127.0.0.1:{advertised}"), _server: server }
    }

    /// Apache Kafka whose plain listener has this port.
    pub fn with(port: u16, apache: Apache) -> Broker {
        Broker { address: format!("127.0.0.1:{port}"), _server: Server::Apache(apache) }
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config
    }

    pub async fn create_topic(&self, topic: &str, partitions: i32) {
        let admin: AdminClient<DefaultClientContext> =
            self.config().create().expect("an admin client");
        let topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        let created = admin.create_topics([&topic], &AdminOptions::new()).await.expect("an answer");
        for result in created {
            result.expect("the topic is created");
        }
    }

    /// Sets a property of a topic, which takes effect at once.
    pub async fn configure(&self, topic: &str, name: &str, value: &str) {
        let admin: AdminClient<DefaultClientContext> =
            self.config().create().expect("an admin client");
        let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(name, value);
        let answers = admin.alter_configs([&change], &AdminOptions::new()).await.expect("answers");
        for answer in answers {
            answer.expect("the property is set");
        }
    }

    pub fn producer(&self) -> Producer {
        self.compressing("none")
    }

    /// A producer that sends batches compressed in this way.
    pub fn compressing(&self, codec: &str) -> Producer {
        let mut config = self.config();
        config.set("linger.ms", "1").set("compression.codec", codec);
        Producer(config.create().expect("a producer"))
    }

    /// The offset that a group has committed for a partition.
    pub async fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let consumer: BaseConsumer =
            self.config().set("group.id", group).create().expect("a consumer that joins nothing");
        let mut list = TopicPartitionList::new();
        list.add_partition(topic, partition);
        let asked = tokio::task::spawn_blocking(move || {
            let deadline = Instant::now() + Duration::from_secs(30);
            loop {
                match consumer.committed_offsets(list.clone(), Duration::from_secs(10)) {
                    // Apache Kafka makes the topic of offsets for its first group, and takes a moment over it.
                    Err(KafkaError::MetadataFetch(
                        RDKafkaErrorCode::NotCoordinator
                        | RDKafkaErrorCode::CoordinatorLoadInProgress
                        | RDKafkaErrorCode::CoordinatorNotAvailable,
                    )) if Instant::now() < deadline => {
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    answer => return answer,
                }
            }
        });
        let list = asked.await.expect("no panic").expect("an answer");
        match list.elements().first().expect("the partition").offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }
    }

    /// Waits until a group has committed an offset for a partition.
    pub async fn until_committed(&self, group: &str, topic: &str, partition: i32, expected: i64) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let committed = self.committed(group, topic, partition).await;
            if committed == Some(expected) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{topic}/{partition}: committed {committed:?}, not {expected}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub struct Producer(FutureProducer);

impl Producer {
    /// Sends a value and waits until the broker has it.
    pub async fn send(&self, topic: &str, partition: i32, value: &str) {
        let record = FutureRecord::<(), str>::to(topic).partition(partition).payload(value);
        self.0.send(record, Duration::from_secs(20)).await.expect("the broker takes the record");
    }

    /// Sends `first..first + count` as texts, in order.
    pub async fn send_numbers(&self, topic: &str, partition: i32, first: usize, count: usize) {
        let texts: Vec<String> = (first..first + count).map(|number| number.to_string()).collect();
        let sent = texts.iter().map(|text| {
            let record = FutureRecord::<(), str>::to(topic).partition(partition).payload(text);
            self.0.send_result(record).expect("the queue has room")
        });
        for delivery in sent.collect::<Vec<_>>() {
            delivery.await.expect("not cancelled").expect("the broker takes the record");
        }
    }

    pub async fn send_raw(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) {
        let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: *value })
        });
        let record = FutureRecord::<[u8], [u8]> {
            topic,
            partition: Some(0),
            payload: value,
            key,
            timestamp: Some(1_700_000_000_123),
            headers: Some(headers),
        };
        self.0.send(record, Duration::from_secs(20)).await.expect("the broker takes the record");
    }
}
