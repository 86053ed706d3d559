//! A Kafka trigger for Spin applications: calls a component with each partition's records, in batches and in order.
//!
//! It promises at-least-once delivery, in order within a partition, partitions in parallel. An offset is committed only
//! after its handler returned. What a failure means, the handler says: what it needs is away, and the partition waits as
//! long as it takes; it may work later, and is tried again so often; it never will, and the record goes to the
//! dead-letter topic. A batch that ends the handler is bisected until the record is alone that does it. Who waits, waits
//! alone: no other partition, and no heartbeat, suffers.
//!
//! It knows Kafka, the application's `[[trigger.kafka]]` tables, and the interface `spindle:kafka/handler@1.0.0`. It
//! knows nothing of what records mean. `trigger-kafka` is this library as a plugin of Spin.

mod backoff;
mod batch;
mod client;
mod commits;
mod context;
mod dead_letters;
mod delivery;
mod group;
mod handler;
mod health;
mod lag;
mod member;
mod metrics;
mod partition;
pub mod properties;
mod record;
mod settings;

use std::collections::BTreeSet;
use std::sync::Arc;

use spin_host::Host;
use spin_host::app::App;
use spin_host::monitor::Monitor;
use spin_host::variables::Variables;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use crate::dead_letters::HEADER_PREFIX as DEAD_LETTER_PREFIX;
use crate::group::Group;
use crate::metrics::Metrics;
pub use crate::record::headers;
pub use crate::settings::ConfigError;

/// The trigger's type, as manifests name it: `[[trigger.kafka]]`.
pub const TRIGGER_TYPE: &str = "kafka";

/// The components that a Kafka trigger calls: what [`Host::load`] must be told to load.
pub fn component_ids(app: &App) -> BTreeSet<&str> {
    app.triggers_of(TRIGGER_TYPE).map(|trigger| trigger.component.as_str()).collect()
}

/// Why a trigger that ran can't go on. What passes by itself (a broker that is away, a rebalance) never gets here.
#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    /// librdkafka refuses the settings as a whole.
    #[error("can't make a Kafka client for group {group}: {reason}")]
    Client {
        /// The consumer group.
        group: String,
        /// What librdkafka says.
        reason: String,
    },
    /// The group can't be a member any more, for example because another has taken its `group.instance.id`.
    #[error("group {group} can't go on: {reason}")]
    Fatal {
        /// The consumer group.
        group: String,
        /// What librdkafka says.
        reason: String,
    },
}

/// Every Kafka trigger of an application, checked and ready to run.
pub struct KafkaTrigger {
    groups: Vec<Group>,
}

impl KafkaTrigger {
    /// Parses and checks every setting, and that every component has a handler. Connects to nothing.
    ///
    /// `properties` are librdkafka's, and the host's wish: what suits its brokers better than the trigger's defaults.
    /// The application's own come after them. What it shows of itself, `monitor` shows.
    pub fn new(
        host: Arc<Host>,
        app: &App,
        variables: &Variables,
        properties: &[(&str, &str)],
        monitor: &mut Monitor,
    ) -> Result<Self, ConfigError> {
        let metrics = Metrics::new(monitor.registry());
        let groups = settings::parse(app, variables)?
            .into_iter()
            .map(|settings| Group::new(&host, settings, properties, metrics.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        for group in &groups {
            monitor.watch("groups", group.health());
        }
        Ok(Self { groups })
    }

    /// Consumes until `shutdown`: then finishes the batches that are being handled, commits, leaves the groups and
    /// returns. Ends early, in the same way, if one of the groups can't go on. Panics if a task of its own did.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), TriggerError> {
        let stop = shutdown.child_token();
        if self.groups.is_empty() {
            shutdown.cancelled().await;
        }
        let mut groups = JoinSet::new();
        for group in self.groups {
            groups.spawn(group.run(stop.clone()));
        }
        let mut outcome = Ok(());
        while let Some(ended) = groups.join_next().await {
            let ended = match ended {
                Ok(ended) => ended,
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            };
            outcome = outcome.and(ended);
            stop.cancel();
        }
        outcome
    }
}
