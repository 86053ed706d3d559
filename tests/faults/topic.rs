//! What is in Kafka: the records of the topic, how far the group is, what it gave up.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde::Deserialize;
use uuid::Uuid;

use crate::checker::Record;

/// What the load's events go to.
pub const TOPIC: &str = "task-events";
const GROUP: &str = "audit-write";
const DEAD_LETTERS: &str = "audit-write.dead-letter";
/// How long the broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long one wait for a record may take.
const POLL: Duration = Duration::from_millis(20);

/// A reader of the topic's partitions, from their begin on, that belongs to no group.
pub struct Topic {
    consumer: BaseConsumer,
    /// The next offset to read, by partition.
    next: Vec<i64>,
}

#[derive(Deserialize)]
struct Envelope {
    event_id: Uuid,
}

impl Topic {
    /// None if there is no such topic yet. Its calls wait: they are not for a task that has others to
    /// serve.
    pub fn open(brokers: &str) -> Result<Option<Self>> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            // To ask for its offsets; it is never joined.
            .set("group.id", GROUP)
            .set("enable.auto.commit", "false")
            // Never to begin again where records are gone.
            .set("auto.offset.reset", "error")
            .set("fetch.error.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "500")
            .create()
            .context("can't make a Kafka consumer")?;
        let metadata = consumer.fetch_metadata(Some(TOPIC), PATIENCE).context("metadata")?;
        let partitions = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
        if partitions == 0 {
            return Ok(None);
        }
        let mut list = TopicPartitionList::new();
        for partition in 0..i32::try_from(partitions)? {
            list.add_partition_offset(TOPIC, partition, Offset::Beginning)?;
        }
        consumer.assign(&list).context("can't read the topic")?;
        Ok(Some(Self { consumer, next: vec![0; partitions] }))
    }

    pub fn partitions(&self) -> usize {
        self.next.len()
    }

    /// The offset that the group has committed, by partition.
    pub fn committed(&self) -> Result<Vec<i64>> {
        let list = self.consumer.committed(PATIENCE).context("committed offsets")?;
        let mut offsets = vec![0; self.partitions()];
        for element in list.elements() {
            let partition = usize::try_from(element.partition())?;
            let offset = offsets.get_mut(partition).context("an unknown partition")?;
            *offset = match element.offset() {
                Offset::Offset(committed) => committed,
                Offset::Invalid => 0,
                other => bail!("partition {partition} is committed at {other:?}"),
            };
        }
        Ok(offsets)
    }

    /// Where the partitions end now.
    pub fn ends(&self) -> Result<Vec<i64>> {
        (0..self.partitions()).map(|partition| self.end(TOPIC, partition.try_into()?)).collect()
    }

    /// Whether everything before these offsets was read.
    pub fn has_read(&self, offsets: &[i64]) -> bool {
        self.next.iter().zip(offsets).all(|(next, wanted)| next >= wanted)
    }

    fn end(&self, topic: &str, partition: i32) -> Result<i64> {
        let watermarks = self.consumer.fetch_watermarks(topic, partition, PATIENCE);
        Ok(watermarks.with_context(|| format!("the end of {topic}/{partition}"))?.1)
    }

    /// Takes the records that are there, and waits for those before `offsets`, as long as the broker
    /// may take for an answer. Tells whether these have come.
    pub fn read(&mut self, offsets: &[i64], records: &mut Vec<Record>) -> Result<bool> {
        let mut deadline = Instant::now() + PATIENCE;
        loop {
            let all = self.has_read(offsets);
            match self.consumer.poll(if all { Duration::ZERO } else { POLL }) {
                Some(Ok(record)) => {
                    let partition = usize::try_from(record.partition())?;
                    let value = record.payload().context("a record without a value")?;
                    let envelope: Envelope = serde_json::from_slice(value).context("a record")?;
                    let (offset, event) = (record.offset(), envelope.event_id);
                    *self.next.get_mut(partition).context("an unknown partition")? = offset + 1;
                    records.push(Record { partition, offset, event });
                    deadline = Instant::now() + PATIENCE;
                }
                // An error that passes is no news, and for one that stays nothing comes.
                Some(Err(_)) | None if all => return Ok(true),
                Some(Err(_)) | None if Instant::now() > deadline => return Ok(false),
                Some(Err(_)) | None => {}
            }
        }
    }

    /// How many records the group has given up.
    pub fn dead_letters(&self) -> Result<i64> {
        let metadata = self.consumer.fetch_metadata(None, PATIENCE).context("metadata")?;
        let mut sum = 0;
        for topic in metadata.topics().iter().filter(|topic| topic.name() == DEAD_LETTERS) {
            for partition in topic.partitions() {
                sum += self.end(DEAD_LETTERS, partition.id())?;
            }
        }
        Ok(sum)
    }
}
