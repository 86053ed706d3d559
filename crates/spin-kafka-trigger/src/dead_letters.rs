//! Where records go that are given up: the group's dead-letter topic.
//!
//! A dead letter is the record as it came, key, value and headers, with headers beside them that say where it was and
//! why it is here. It is written before the offset is committed, with the acknowledgement of every copy: a record may be
//! there twice, but never not.

use std::time::{Duration, SystemTime};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use rdkafka::types::RDKafkaErrorCode;
use tokio::sync::Mutex;
use tracing::{debug, info};

use crate::delivery::Sentence;
use crate::handler::Message;

/// What the headers of a dead letter begin with. A record that was replayed and failed again has only its last story.
pub const HEADER_PREFIX: &str = "dead-letter-";

/// How long the broker may take to acknowledge; then it is tried anew, after a wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// Room for our headers, beside what the source topic takes.
const HEADROOM: u64 = 64 << 10;

/// As a topic has it whose broker says nothing else (`max.message.bytes`, Kafka's default).
const DEFAULT_MAX_BYTES: u64 = 1_048_588;

const DAYS_30: &str = "2592000000";

/// The longest reason that a header holds, in bytes. The log has all of it.
const LONGEST_REASON: usize = 4096;

/// Writes the dead letters of one group.
pub(crate) struct DeadLetters {
    group: String,
    component: String,
    topic: String,
    config: ClientConfig,
    /// Made for the first dead letter: most triggers never need one.
    producer: Mutex<Option<FutureProducer<Quiet>>>,
}

/// Why a dead letter is not written. The partition waits.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeadLetterError {
    #[error("{0}")]
    Kafka(#[from] KafkaError),
    #[error(
        "the record is larger than the topic takes; raise its max.message.bytes above its source's"
    )]
    TooLarge,
    #[error("the topic doesn't exist and can't be created: {0}; create it, or allow that it is")]
    NoTopic(RDKafkaErrorCode),
}

impl DeadLetters {
    /// `config` is of a producer.
    pub(crate) fn new(group: &str, component: &str, topic: &str, config: ClientConfig) -> Self {
        Self {
            group: group.to_owned(),
            component: component.to_owned(),
            topic: topic.to_owned(),
            config,
            producer: Mutex::default(),
        }
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    /// Writes a record down and waits until the broker has it.
    pub(crate) async fn write(
        &self,
        record: &Message,
        sentence: &Sentence,
    ) -> Result<(), DeadLetterError> {
        let producer = self.producer(&record.topic).await?;
        let headers = self.headers(record, sentence);
        let letter = FutureRecord::<[u8], [u8]> {
            topic: &self.topic,
            partition: None,
            payload: record.value.as_deref(),
            key: record.key.as_deref(),
            // Its own would let the topic's retention take it at once, if it is old.
            timestamp: None,
            headers: Some(headers),
        };
        match producer.send(letter, PATIENCE).await {
            Ok(_) => Ok(()),
            Err((error, _)) => {
                // Whatever is wrong with it, the next one looks anew.
                self.producer.lock().await.take();
                Err(match error.rdkafka_error_code() {
                    Some(
                        RDKafkaErrorCode::MessageSizeTooLarge
                        | RDKafkaErrorCode::InvalidMessageSize,
                    ) => DeadLetterError::TooLarge,
                    _ => error.into(),
                })
            }
        }
    }

    /// A producer, and the topic.
    async fn producer(&self, source: &str) -> Result<FutureProducer<Quiet>, DeadLetterError> {
        let mut producer = self.producer.lock().await;
        if let Some(ready) = &*producer {
            return Ok(ready.clone());
        }
        let made: FutureProducer<Quiet> = self.config.create_with_context(Quiet)?;
        if !self.exists(&made).await? {
            self.create(source).await?;
        }
        Ok(producer.insert(made).clone())
    }

    async fn exists(&self, producer: &FutureProducer<Quiet>) -> Result<bool, KafkaError> {
        let (producer, topic) = (producer.clone(), self.topic.clone());
        let asked = tokio::task::spawn_blocking(move || {
            producer.client().fetch_metadata(Some(&topic), PATIENCE)
        });
        let metadata = match asked.await {
            Ok(metadata) => metadata?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        Ok(metadata.topics().iter().any(|topic| topic.error().is_none()))
    }

    /// Makes the topic: one partition, because its records are few; and it takes whatever the source takes.
    async fn create(&self, source: &str) -> Result<(), DeadLetterError> {
        let admin: AdminClient<Quiet> = self.config.create_with_context(Quiet)?;
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        let bytes = (max_message_bytes(&admin, source).await + HEADROOM).to_string();
        // As many copies as the broker makes by default (Kafka 2.4, KIP-464).
        let topic = NewTopic::new(&self.topic, 1, TopicReplication::Fixed(-1))
            .set("max.message.bytes", &bytes)
            .set("retention.ms", DAYS_30);
        for result in admin.create_topics([&topic], &options).await? {
            match result {
                Ok(_) => info!(group = self.group, topic = self.topic, "dead-letter topic created"),
                // By somebody else, a moment ago.
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((_, code)) => return Err(DeadLetterError::NoTopic(code)),
            }
        }
        Ok(())
    }

    fn headers(&self, record: &Message, sentence: &Sentence) -> OwnedHeaders {
        let own = record
            .headers
            .iter()
            .filter(|(name, _)| !name.starts_with(HEADER_PREFIX))
            .fold(OwnedHeaders::new(), |headers, (key, value)| {
                headers.insert(Header { key, value: value.as_ref() })
            });
        let time = |time: SystemTime| humantime::format_rfc3339_millis(time).to_string();
        let mut ours = vec![
            ("group", self.group.clone()),
            ("component", self.component.clone()),
            ("topic", record.topic.clone()),
            ("partition", record.partition.to_string()),
            ("offset", record.offset.to_string()),
            ("first-failure", time(sentence.first_failure)),
            ("last-failure", time(sentence.last_failure)),
            ("attempts", sentence.attempts.to_string()),
            ("kind", sentence.kind.as_str().to_owned()),
            ("reason", shortened(&sentence.reason)),
        ];
        ours.extend(
            record.timestamp_ms.map(|milliseconds| ("timestamp", milliseconds.to_string())),
        );
        ours.iter().fold(own, |headers, (name, value)| {
            headers.insert(Header { key: &format!("{HEADER_PREFIX}{name}"), value: Some(value) })
        })
    }
}

/// The largest record that a topic takes, as far as its broker tells.
async fn max_message_bytes(admin: &AdminClient<Quiet>, topic: &str) -> u64 {
    let asked = admin
        .describe_configs(
            [&ResourceSpecifier::Topic(topic)],
            &AdminOptions::new().request_timeout(Some(PATIENCE)),
        )
        .await;
    let resource = asked.ok().and_then(|mut answers| answers.pop()?.ok());
    let entry = resource.as_ref().and_then(|resource| resource.get("max.message.bytes"));
    entry.and_then(|entry| entry.value.as_ref()?.parse().ok()).unwrap_or(DEFAULT_MAX_BYTES)
}

fn shortened(reason: &str) -> String {
    let end = reason.floor_char_boundary(LONGEST_REASON);
    reason[..end].to_owned()
}

/// A client whose troubles are told by what it is asked to do.
#[derive(Clone)]
struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!(facility, "librdkafka, of a dead-letter topic: {message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        debug!(%error, "librdkafka, of a dead-letter topic: {reason}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Kind;

    fn letters() -> DeadLetters {
        DeadLetters::new("g", "c", "g.dead-letter", ClientConfig::new())
    }

    fn record() -> Message {
        Message {
            topic: "t".into(),
            partition: 3,
            offset: 42,
            timestamp_ms: Some(1_700_000_000_123),
            key: None,
            value: None,
            headers: vec![
                ("a".into(), None),
                ("dead-letter-reason".into(), Some(b"an older one".to_vec())),
                ("a".into(), Some(b"\xff".to_vec())),
            ],
            attempt: 9,
        }
    }

    fn sentence(reason: &str) -> Sentence {
        Sentence {
            kind: Kind::Trap,
            reason: reason.to_owned(),
            attempts: 8,
            first_failure: SystemTime::UNIX_EPOCH,
            last_failure: SystemTime::UNIX_EPOCH + Duration::from_millis(1500),
        }
    }

    #[test]
    fn a_dead_letter_has_its_records_headers_and_its_own_story() {
        use rdkafka::message::Headers as _;
        let headers = letters().headers(&record(), &sentence("unreachable"));
        let pairs: Vec<(&str, Option<&[u8]>)> =
            headers.iter().map(|header| (header.key, header.value)).collect();
        let expected: [(&str, Option<&[u8]>); 13] = [
            ("a", None),
            ("a", Some(b"\xff")),
            ("dead-letter-group", Some(b"g")),
            ("dead-letter-component", Some(b"c")),
            ("dead-letter-topic", Some(b"t")),
            ("dead-letter-partition", Some(b"3")),
            ("dead-letter-offset", Some(b"42")),
            ("dead-letter-first-failure", Some(b"1970-01-01T00:00:00.000Z")),
            ("dead-letter-last-failure", Some(b"1970-01-01T00:00:01.500Z")),
            ("dead-letter-attempts", Some(b"8")),
            ("dead-letter-kind", Some(b"trap")),
            ("dead-letter-reason", Some(b"unreachable")),
            ("dead-letter-timestamp", Some(b"1700000000123")),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        let long = "ی".repeat(LONGEST_REASON);
        assert_eq!(shortened(&format!("x{long}")).len(), LONGEST_REASON - 1);
    }
}
