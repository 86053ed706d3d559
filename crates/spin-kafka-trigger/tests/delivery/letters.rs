//! What stands in a topic, read from its begin to its end as it is now.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;

use crate::broker::Broker;

/// A record of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Letter {
    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(other, _)| other == name);
        let (_, value) = found.unwrap_or_else(|| panic!("{name} is missing: {self:?}"));
        std::str::from_utf8(value.as_deref().expect("a value")).expect("text")
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(self.value.as_deref().unwrap_or_default()).expect("text")
    }
}

impl Broker {
    /// Every record of a topic's only partition, in order; none if there is no such topic.
    pub async fn records(&self, topic: &str) -> Vec<Letter> {
        let (address, topic) = (self.address.clone(), topic.to_owned());
        tokio::task::spawn_blocking(move || read(&address, &topic)).await.expect("no panic")
    }
}

fn read(address: &str, topic: &str) -> Vec<Letter> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address).set("group.id", "a-reader");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let patience = Duration::from_secs(10);
    let end = match consumer.fetch_watermarks(topic, 0, patience) {
        Ok((_, end)) => end,
        Err(KafkaError::MetadataFetch(
            RDKafkaErrorCode::UnknownPartition | RDKafkaErrorCode::UnknownTopicOrPartition,
        )) => 0,
        Err(error) => panic!("{topic}: {error}"),
    };
    let mut letters = Vec::new();
    if end <= 0 {
        return letters;
    }
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Beginning).expect("an offset");
    consumer.assign(&list).expect("an assignment");
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < deadline, "{topic}: {} of {end} records", letters.len());
        let Some(record) = consumer.poll(Duration::from_millis(100)) else { continue };
        let record = record.expect("a record");
        letters.push(Letter {
            key: record.key().map(<[u8]>::to_vec),
            value: record.payload().map(<[u8]>::to_vec),
            headers: record
                .headers()
                .map(|headers| {
                    headers
                        .iter()
                        .map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)))
                        .collect()
                })
                .unwrap_or_default(),
        });
        if record.offset() + 1 >= end {
            return letters;
        }
    }
}
