//! Reading a part of a partition, from its begin to its end as it was when we looked.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};
use tokio::time::{Instant, timeout_at};

use super::cluster::Quiet;

/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(30);

/// Some of a partition: from an offset to before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub topic: String,
    pub partition: i32,
    pub from: i64,
    pub to: i64,
}

impl Span {
    /// How many records it has at most.
    pub fn len(&self) -> u64 {
        u64::try_from(self.to - self.from).unwrap_or(0)
    }
}

/// The records of a span, one after the other.
pub struct Scan<'a> {
    consumer: &'a StreamConsumer<Quiet>,
    span: &'a Span,
    /// The next offset to come, if there is one.
    next: i64,
    /// When it must have come.
    deadline: Instant,
}

impl<'a> Scan<'a> {
    pub fn new(consumer: &'a StreamConsumer<Quiet>, span: &'a Span) -> Result<Self> {
        let mut partitions = TopicPartitionList::new();
        if span.len() > 0 {
            let offset = Offset::Offset(span.from);
            partitions.add_partition_offset(&span.topic, span.partition, offset)?;
        }
        consumer.assign(&partitions).with_context(|| format!("can't read {}", span.topic))?;
        Ok(Self { consumer, span, next: span.from, deadline: Instant::now() + SILENCE })
    }

    /// How far it has come.
    pub fn read(&self) -> u64 {
        u64::try_from(self.next - self.span.from).unwrap_or(0)
    }

    /// The next record. None at the end, also where the last offsets belong to no record: transactions' marks, and what
    /// was compacted.
    pub async fn next(&mut self) -> Result<Option<BorrowedMessage<'a>>> {
        let Span { topic, partition, to, .. } = self.span;
        while self.next < *to {
            let Ok(received) = timeout_at(self.deadline, self.consumer.recv()).await else {
                let offset = self.next;
                bail!("nothing has come of {topic}/{partition}/{offset} for {SILENCE:?}");
            };
            match received {
                Ok(message) if message.offset() < *to => {
                    self.next = message.offset() + 1;
                    self.deadline = Instant::now() + SILENCE;
                    return Ok(Some(message));
                }
                Ok(_) => self.next = *to,
                Err(KafkaError::PartitionEOF(ended)) if ended == *partition => self.next = *to,
                Err(KafkaError::PartitionEOF(_)) => {}
                // The client goes on by itself, and if it doesn't, we end by the silence.
                Err(KafkaError::MessageConsumption(
                    RDKafkaErrorCode::BrokerTransportFailure
                    | RDKafkaErrorCode::AllBrokersDown
                    | RDKafkaErrorCode::OperationTimedOut,
                )) => {}
                Err(error) => return Err(error).with_context(|| format!("can't read {topic}")),
            }
        }
        Ok(None)
    }
}
