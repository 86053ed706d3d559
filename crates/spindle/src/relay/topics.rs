//! The topics that Spindle's events go to, made where they are absent.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
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
    ("reminders-retry", &[("retention.ms", DAYS_7)]),
    ("audit-events", &[("retention.ms", DAYS_30)]),
    ("deliveries", &[("retention.ms", DAYS_7)]),
    ("deliveries-retry", &[("retention.ms", DAYS_7)]),
];

/// The topics of records that Spindle's own consumers give up, and where these come from. Each would be made at its first
/// record, by the trigger; but the component `dead-letter` consumes them.
const DEAD_LETTERS: &[(&str, &[&str])] = &[
    ("audit-write.dead-letter", &["task-events", "reminders", "audit-events"]),
    ("recurrence-spawn.dead-letter", &["task-events"]),
    ("reminder-mail.dead-letter", &["reminders", "reminders-retry"]),
    ("reminder-fire.dead-letter", &["reminders", "reminders-retry"]),
    ("webhook-enqueue.dead-letter", &["task-events"]),
    ("webhook-deliver.dead-letter", &["deliveries", "deliveries-retry"]),
];

/// Room for what a dead letter has beside its record.
const HEADROOM: u64 = 64 << 10;
/// Where a broker doesn't tell what a topic takes, it takes this (`max.message.bytes`, Kafka's default).
const DEFAULT_MAX_BYTES: u64 = 1_048_588;

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
    create(&admin, &topics).await?;
    for (name, sources) in DEAD_LETTERS {
        let bytes = (max_bytes(&admin, sources).await + HEADROOM).to_string();
        // One partition: its records are few.
        let topic = NewTopic::new(name, 1, REPLICATION)
            .set("retention.ms", DAYS_30)
            .set("max.message.bytes", &bytes);
        create(&admin, &[topic]).await?;
    }
    Ok(())
}

async fn create(admin: &AdminClient<DefaultClientContext>, topics: &[NewTopic<'_>]) -> Result<()> {
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(10)));
    let results = admin.create_topics(topics, &options).await.context("can't reach Kafka")?;
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

/// The largest record that one of the topics takes, as far as the broker tells.
async fn max_bytes(admin: &AdminClient<DefaultClientContext>, topics: &[&str]) -> u64 {
    let asked = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect::<Vec<_>>();
    let options = AdminOptions::new().request_timeout(Some(Duration::from_secs(10)));
    let described = admin.describe_configs(&asked, &options).await.unwrap_or_default();
    let told = described
        .iter()
        .flatten()
        .filter_map(|topic| topic.get("max.message.bytes")?.value.as_ref()?.parse().ok());
    told.max().unwrap_or(DEFAULT_MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use spin_host::app::App;

    use super::*;

    #[test]
    fn every_topic_that_a_component_consumes_is_made() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spin.toml");
        let app = App::from_manifest(&manifest).unwrap();
        let made: Vec<_> = TOPICS
            .iter()
            .map(|(name, _)| *name)
            .chain(DEAD_LETTERS.iter().map(|it| it.0))
            .collect();
        for trigger in app.triggers_of("kafka") {
            let topics = trigger.config["topics"].as_array().unwrap();
            assert!(!topics.is_empty());
            for topic in topics {
                assert!(made.contains(&topic.as_str().unwrap()), "{}: {topic}", trigger.component);
            }
        }
    }

    #[test]
    fn dead_letters_come_from_the_topics_of_their_group() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spin.toml");
        let app = App::from_manifest(&manifest).unwrap();
        for (name, sources) in DEAD_LETTERS {
            let group = |config: &serde_json::Value| config["dead_letter"] == *name;
            let trigger = app.triggers_of("kafka").find(|trigger| group(&trigger.config)).unwrap();
            assert_eq!(trigger.config["topics"], serde_json::json!(sources), "{name}");
        }
    }
}
