//! What librdkafka tells a consumer besides records: rebalances and troubles.
//!
//! Its callbacks run where the consumer is polled, and must not wait. So they only pass the news on: the answer to a
//! rebalance, which librdkafka waits for while it keeps the member alive, is given by [`crate::group`] when the
//! partitions' handlers have ended.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// The trouble of a password that was changed.
const REFUSED: &str = "Kafka refuses the credentials";

pub(crate) struct Context {
    group: String,
    topics: Vec<String>,
    events: mpsc::UnboundedSender<Event>,
    closing: AtomicBool,
    away: AtomicBool,
    /// It has been a member: its settings are good.
    joined: AtomicBool,
    /// Troubles that were logged since the last change for the better.
    logged: Mutex<HashSet<String>>,
}

impl Context {
    pub(crate) fn new(
        group: String,
        topics: Vec<String>,
    ) -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (events, received) = mpsc::unbounded_channel();
        let context = Self {
            group,
            topics,
            events,
            closing: AtomicBool::new(false),
            away: AtomicBool::new(false),
            joined: AtomicBool::new(false),
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
            self.logged().remove(REFUSED);
        }
    }

    /// The group works: if a trouble comes again, it is told again.
    pub(crate) fn settled(&self) {
        self.joined.store(true, Ordering::Relaxed);
        self.answered();
        self.logged().clear();
    }

    pub(crate) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Whether this trouble is new since the last change for the better.
    fn is_new(&self, trouble: &str) -> bool {
        self.logged().insert(trouble.to_owned())
    }

    fn logged(&self) -> MutexGuard<'_, HashSet<String>> {
        self.logged.lock().unwrap_or_else(PoisonError::into_inner)
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
            // A broker that goes away amid the handshake.
            RDKafkaErrorCode::Authentication if !is_refusal(reason) => {
                debug!(group = self.group, "{reason}");
            }
            // From the beginning they are wrong. Later they are about to be changed here, too, or there by mistake.
            RDKafkaErrorCode::Authentication if !self.joined.load(Ordering::Relaxed) => {
                self.send(Event::Fatal(format!("{REFUSED}: {reason}")));
            }
            RDKafkaErrorCode::Authentication => {
                if self.is_new(REFUSED) {
                    warn!(group = self.group, "{REFUSED}, waiting until it takes them: {reason}");
                }
            }
            RDKafkaErrorCode::TopicAuthorizationFailed => {
                if self.is_new(reason) {
                    let topics = self.topics.join(" ");
                    warn!(
                        group = self.group,
                        "waiting for the right to read: grant Read on {topics}: {reason}"
                    );
                }
            }
            RDKafkaErrorCode::GroupAuthorizationFailed => {
                if self.is_new(&code.to_string()) {
                    warn!(
                        group = self.group,
                        "waiting for the right to be in the group: grant Read on group {}: {reason}",
                        self.group
                    );
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

/// Whether a failed authentication is the broker's answer. librdkafka has the same code for a connection that breaks amid
/// the handshake, and no other sign than its text (`rd_kafka_broker_handle_SaslHandshake` in its rdkafka_broker.c).
fn is_refusal(reason: &str) -> bool {
    !reason.contains("mechanism handshake failed") || reason.contains("Unsupported SASL mechanism")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_breaks_amid_the_handshake_refuses_nothing() {
        for (reason, refusal) in [
            ("SASL authentication error: Authentication failed due to invalid credentials", true),
            (
                "SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-256",
                true,
            ),
            (
                "SASL PLAIN mechanism handshake failed: Local: Broker transport failure: broker's supported mechanisms: (n/a)",
                false,
            ),
            (
                "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's supported mechanisms: ",
                false,
            ),
        ] {
            assert_eq!(is_refusal(reason), refusal, "{reason}");
        }
    }
}
