//! A consumer group of a trigger: what is checked before anything connects, and joining it.
//!
//! Three kinds of tasks work together. One polls the consumer without a pause, whatever handlers do, which keeps the
//! member alive and serves librdkafka's callbacks. One for each partition (`partition.rs`) hands out its batches. And one
//! ([`Member`]) decides.

use std::sync::Arc;

use futures::StreamExt;
use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use spin_host::Host;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::context::{Context, Event};
use crate::dead_letters::DeadLetters;
use crate::handler::Handler;
use crate::health::Health;
use crate::member::{Member, Work};
use crate::metrics::Metrics;
use crate::settings::{ConfigError, Settings};
use crate::{TriggerError, client};

/// A trigger that is checked, not yet connected.
pub(crate) struct Group {
    config: ClientConfig,
    work: Work,
}

impl Group {
    pub(crate) fn new(
        host: &Host,
        settings: Settings,
        properties: &[(&str, &str)],
        metrics: Metrics,
    ) -> Result<Self, ConfigError> {
        let config = client::consumer(&settings, properties)?;
        let dead_letters = DeadLetters::new(
            &settings.group,
            &settings.component,
            &settings.dead_letter,
            client::producer(&settings, properties)?,
        );
        let (table, component) = (settings.table.clone(), settings.component.clone());
        let Some(loaded) = host.component(&component) else {
            return Err(ConfigError::NotLoaded { table, component });
        };
        let handler = Handler::new(Arc::clone(loaded), &settings)
            .map_err(|source| ConfigError::NoHandler { table, component, source })?;
        let work = Work {
            health: Health::new(&settings.group),
            settings: Arc::new(settings),
            handler: Arc::new(handler),
            dead_letters: Arc::new(dead_letters),
            metrics,
        };
        Ok(Self { config, work })
    }

    pub(crate) fn health(&self) -> Arc<Health> {
        Arc::clone(&self.work.health)
    }

    /// Joins the group and works until `shutdown`, then leaves it.
    pub(crate) async fn run(self, shutdown: CancellationToken) -> Result<(), TriggerError> {
        let (settings, health) = (Arc::clone(&self.work.settings), self.health());
        let refused = |error: KafkaError| TriggerError::Client {
            group: settings.group.clone(),
            reason: match error {
                KafkaError::ClientCreation(reason) => reason,
                other => other.to_string(),
            },
        };
        let (context, events) = Context::new(settings.group.clone(), settings.topics.clone());
        let consumer: StreamConsumer<Context> =
            self.config.create_with_context(context).map_err(refused)?;
        let topics: Vec<&str> = settings.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(refused)?;
        info!(
            component = settings.component,
            group = settings.group,
            ?topics,
            dead_letter = settings.dead_letter,
            "consuming"
        );

        let consumer = Arc::new(consumer);
        let polling = tokio::spawn(poll(Arc::clone(&consumer)));
        let mut member = Member::new(self.work, consumer, events);
        let outcome = member.work(&shutdown).await;
        health.left();
        member.leave(polling).await;
        outcome
    }
}

/// Polls until it is aborted.
async fn poll(consumer: Arc<StreamConsumer<Context>>) {
    let mut events = consumer.stream();
    while let Some(polled) = events.next().await {
        match polled {
            // Every partition has its own queue. If that ever failed, going on would skip this record.
            Ok(record) => consumer.context().send(Event::Fatal(format!(
                "offset {} of {}/{} came outside of its queue",
                record.offset(),
                record.topic(),
                record.partition()
            ))),
            Err(KafkaError::MessageConsumptionFatal(code)) => {
                consumer.context().send(Event::Fatal(code.to_string()));
            }
            // The context has heard of it.
            Err(_) => {}
        }
    }
}
