//! What librdkafka tells a consumer besides records: rebalances and troubles.
//!
//! Its callbacks run where the consumer is polled, and must not wait. So they only pass the news on: the answer to a
//! rebalance, which librdkafka waits for while it keeps the member alive, is given by [`crate::group`] when the
//! partitions' handlers have ended.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use tokio::sync::mpsc;
use tracing::{debug, error, info, warn};

/// A partition of a topic.
pub(crate) type TopicPartition = (String, i32);

/// What happened to a member of a group.
#[derive(Debug)]
pub(crate) enum Event {
    /// The group gives it these partitions. It has none of their records before it answers.
    Assigned(Vec<TopicPartition>),
    /// The group takes these partitions, or, if `lost`, has taken them already.
    Revoked { partitions: Vec<TopicPartition>, lost: bool },
    /// No broker answers.
    Away,
    /// It can't go on.
    Fatal(String),
}

pub(crate) struct Context {
    group: String,
    events: mpsc::UnboundedSender<Event>,
    closing: AtomicBool,
    away: AtomicBool,
    /// Troubles that were logged since the last change for the better.
    logged: Mutex<HashSet<String>>,
}

impl Context {
    pub(crate) fn new(group: String) -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (events, received) = mpsc::unbounded_channel();
        let context = Self {
            group,
            events,
            closing: AtomicBool::new(false),
            away: AtomicBool::new(false),
            logged: Mutex::default(),
        };
        (context, received)
    }

    pub(crate) fn send(&self, event: Event) {
        // Without a receiver the consumer is on its way out, and `closing` is set.
        let _ = self.events.send(event);
    }

    /// From now on rebalances are answered at once: no handler is left that they would have to wait for.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    /// A broker has answered.
    pub(crate) fn answered(&self) {
        if self.away.swap(false, Ordering::Relaxed) {
            info!(group = self.group, "Kafka is back");
        }
    }

    /// The group works: if a trouble comes again, it is told again.
    pub(crate) fn settled(&self) {
        self.answered();
        self.logged.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Whether this trouble is new since the last change for the better.
    fn is_new(&self, trouble: &str) -> bool {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        logged.insert(trouble.to_owned())
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        // What matters comes as an error as well, and is told once. This is for those who set `debug` or RUST_LOG.
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                error!(group = self.group, facility, "librdkafka: {message}");
            }
            _ => debug!(group = self.group, facility, "librdkafka: {message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else { return };
        match code {
            RDKafkaErrorCode::AllBrokersDown => {
                if !self.away.swap(true, Ordering::Relaxed) {
                    warn!(group = self.group, "Kafka is away, waiting for it: {reason}");
                    self.send(Event::Away);
                }
            }
            // One broker of several, or the next attempt at the only one.
            RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::OperationTimedOut => {
                debug!(group = self.group, "{reason}");
            }
            RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic => {
                if self.is_new(reason) {
                    warn!(group = self.group, "waiting for a topic that does not exist: {reason}");
                }
            }
            RDKafkaErrorCode::PartitionEOF => {}
            // The reasons of other troubles hold counts and times, so the code alone tells whether it is a new one.
            _ => {
                if self.is_new(&code.to_string()) {
                    warn!(group = self.group, "{code}: {reason}");
                }
            }
        }
    }
}

impl ConsumerContext for Context {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        news: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let partitions = partitions_of(partitions);
        let assigned = news == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::Acquire) {
            // What is assigned now is given up with the consumer.
            let answer = match assigned {
                true => take_on(consumer, &partitions),
                false => give_up(consumer, &partitions),
            };
            if let Err(error) = answer {
                debug!(group = self.group, %error, "a rebalance was over before it was answered");
            }
        } else if assigned {
            self.send(Event::Assigned(partitions));
        } else {
            self.send(Event::Revoked { partitions, lost: consumer.assignment_lost() });
        }
    }
}

/// Takes on partitions that were [`Event::Assigned`]: their records begin to come.
pub(crate) fn take_on<C: Consumer<Context>>(
    consumer: &C,
    partitions: &[TopicPartition],
) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_assign(&list_of(partitions)),
        _ => consumer.assign(&list_of(partitions)),
    }
}

/// Gives up partitions that were [`Event::Revoked`]: the group goes on.
pub(crate) fn give_up<C: Consumer<Context>>(
    consumer: &C,
    partitions: &[TopicPartition],
) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(&list_of(partitions)),
        _ => consumer.unassign(),
    }
}

fn partitions_of(list: &TopicPartitionList) -> Vec<TopicPartition> {
    list.elements()
        .iter()
        .map(|element| (element.topic().to_owned(), element.partition()))
        .collect()
}

fn list_of(partitions: &[TopicPartition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        list.add_partition(topic, *partition);
    }
    list
}
