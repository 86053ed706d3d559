//! A real Kafka broker in this process, and what a test does with it besides consuming.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nisshi_broker::coordinator::group::administrator::{Controller, GroupCoordinatorConfig};
use nisshi_storage::ArcDynStorage;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::runtime::Runtime;
use url::Url;

/// A broker that keeps its topics in memory and ends with this value.
pub struct Broker {
    /// What clients are told to connect to.
    pub address: String,
    runtime: Option<Runtime>,
}

/// A port of the loopback address that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
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
        let url = |port| Url::parse(&format!("tcp://127.0.0.1:{port}")).expect("an address");
        let runtime = Runtime::new().expect("a runtime");
        // Built in its own runtime, which may not be entered from a test's.
        let (ready, built) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let broker =
                nisshi_broker::broker::Broker::<Controller<ArcDynStorage>, ArcDynStorage>::builder(
                )
                .node_id(1)
                .cluster_id("test")
                .incarnation_id(uuid::Uuid::now_v7())
                .advertised_listener(url(advertised))
                .storage(Url::parse("memory://nisshi/").expect("an address"))
                .listener(url(port))
                .silent(true)
                .group_coordinator(GroupCoordinatorConfig {
                    initial_rebalance_delay: Duration::from_millis(50),
                    ..GroupCoordinatorConfig::default()
                })
                .build()
                .await;
            let mut broker = broker.expect("a broker");
            ready.send(()).expect("the test waits");
            broker.serve(tokio::time::Instant::now()).await.expect("the broker serves");
        });
        built.recv().expect("the broker is built");
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < deadline, "the broker does not listen");
            std::thread::yield_now();
        }
        Broker { address: format!("127.0.0.1:{advertised}"), runtime: Some(runtime) }
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
            consumer.committed_offsets(list, Duration::from_secs(10))
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

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
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
