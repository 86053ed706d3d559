//! The topics that Spindle's events go to, made where they are absent.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;
use tracing::{info, warn};

use super::event::TASK_UPDATES;

const PARTITIONS: i32 = 3;
/// As many copies as the broker makes by default (Kafka 2.4, KIP-464).
const REPLICATION: TopicReplication<'_> = TopicReplication::Fixed(-1);

const DAYS_7: &str = "604800000";
const DAYS_30: &str = "2592000000";

/// A topic's name and its settings.
const TOPICS: &[(&str, &[(&str, &str)])] = &[
    ("task-events", &[("retention.ms", DAYS_7)]),
    (TASK_UPDATES, &[("cleanup.policy", "compact")]),
    ("reminders", &[("retention.ms", DAYS_7)]),
    ("audit-events", &[("retention.ms", DAYS_30)]),
];

/// Creates what is missing. What is there stays as an operator has set it.
pub async fn ensure(config: &ClientConfig) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> =
        config.create().context("can't make a Kafka client")?;
    let topics: Vec<NewTopic<'_>> = TOPICS
        .iter()
        .map(|(name, settings)| {
            settings
                .iter()
                .fold(NewTopic::new(name, PARTITIONS, REPLICATION), |topic, (key, value)| {
                    topic.set(key, value)
                })
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(10)));
    let results = admin.create_topics(&topics, &options).await.context("can't reach Kafka")?;
    for result in results {
        match result {
            Ok(name) => info!(topic = name, "created"),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            // An operator's to make, as in many a company. That it is absent, sending to it will tell.
            Err((
                name,
                error @ (RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed),
            )) => warn!(topic = name, "may not create topics, so it must be there: {error}"),
            Err((name, error)) => bail!("can't create the topic {name}: {error}"),
        }
    }
    Ok(())
}
