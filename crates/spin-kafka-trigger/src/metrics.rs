//! What is counted, for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::handler::Kind;
use crate::settings::Settings;

/// The metrics of all groups.
#[derive(Clone)]
pub(crate) struct Metrics {
    records: Family<PartitionLabels, Counter>,
    batches: Family<OutcomeLabels, Counter>,
    handler_seconds: Family<GroupLabels, Histogram, fn() -> Histogram>,
    retries: Family<PartitionLabels, Counter>,
    dead_letters: Family<DeadLetterLabels, Counter>,
    lag: Family<PartitionLabels, Gauge>,
    commit_age: Family<PartitionLabels, Gauge>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct GroupLabels {
    group: String,
    component: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PartitionLabels {
    group: String,
    component: String,
    topic: String,
    partition: i32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    group: String,
    component: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DeadLetterLabels {
    group: String,
    component: String,
    topic: String,
    partition: i32,
    kind: &'static str,
}

impl Metrics {
    /// Registers them, each with `spin_kafka_` before its name.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        // A millisecond to half a minute.
        let seconds: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 16));
        let metrics = Self {
            records: Family::default(),
            batches: Family::default(),
            handler_seconds: Family::new_with_constructor(seconds),
            retries: Family::default(),
            dead_letters: Family::default(),
            lag: Family::default(),
            commit_age: Family::default(),
        };
        let registry = registry.sub_registry_with_prefix("spin_kafka");
        registry.register("records", "Records that are done", metrics.records.clone());
        registry.register(
            "batches",
            "Calls of handlers, by how they ended",
            metrics.batches.clone(),
        );
        registry.register(
            "handler_seconds",
            "How long calls of handlers take",
            metrics.handler_seconds.clone(),
        );
        registry.register(
            "retries",
            "Waits before records are delivered again",
            metrics.retries.clone(),
        );
        registry.register(
            "dead_letters",
            "Records that were given up, by why",
            metrics.dead_letters.clone(),
        );
        registry.register("lag_records", "Records that are not done yet", metrics.lag.clone());
        registry.register(
            "commit_age_seconds",
            "How long the group's committed offset stands still though there is more",
            metrics.commit_age.clone(),
        );
        metrics
    }

    pub(crate) fn partition(
        &self,
        settings: &Settings,
        topic: &str,
        partition: i32,
    ) -> PartitionMetrics {
        let labels = PartitionLabels {
            group: settings.group.clone(),
            component: settings.component.clone(),
            topic: topic.to_owned(),
            partition,
        };
        let group =
            GroupLabels { group: settings.group.clone(), component: settings.component.clone() };
        PartitionMetrics {
            records: self.records.get_or_create_owned(&labels),
            retries: self.retries.get_or_create_owned(&labels),
            handler_seconds: self.handler_seconds.get_or_create_owned(&group),
            lag: self.lag.get_or_create_owned(&labels),
            commit_age: self.commit_age.get_or_create_owned(&labels),
            labels,
            all: self.clone(),
        }
    }
}

/// The metrics of a partition, for as long as this member has it.
pub(crate) struct PartitionMetrics {
    records: Counter,
    retries: Counter,
    handler_seconds: Histogram,
    lag: Gauge,
    commit_age: Gauge,
    labels: PartitionLabels,
    all: Metrics,
}

impl PartitionMetrics {
    /// A call of the handler has ended: well, or in this way.
    pub(crate) fn called(&self, took: Duration, fault: Option<Kind>) {
        self.handler_seconds.observe(took.as_secs_f64());
        let labels = OutcomeLabels {
            group: self.labels.group.clone(),
            component: self.labels.component.clone(),
            outcome: fault.map_or("done", Kind::as_str),
        };
        self.all.batches.get_or_create(&labels).inc();
    }

    /// So many records more are done.
    pub(crate) fn done(&self, records: usize) {
        self.records.inc_by(records as u64);
    }

    /// Records wait for their next delivery.
    pub(crate) fn waits(&self) {
        self.retries.inc();
    }

    /// A record was given up.
    pub(crate) fn buried(&self, kind: Kind) {
        let labels = DeadLetterLabels {
            group: self.labels.group.clone(),
            component: self.labels.component.clone(),
            topic: self.labels.topic.clone(),
            partition: self.labels.partition,
            kind: kind.as_str(),
        };
        self.all.dead_letters.get_or_create(&labels).inc();
    }

    /// How far behind the partition is.
    pub(crate) fn behind(&self, records: i64, commit_age: Duration) {
        self.lag.set(records);
        self.commit_age.set(i64::try_from(commit_age.as_secs()).unwrap_or(i64::MAX));
    }
}

/// What another member tells of the partition from now on, this one must not contradict.
impl Drop for PartitionMetrics {
    fn drop(&mut self) {
        self.all.lag.remove(&self.labels);
        self.all.commit_age.remove(&self.labels);
    }
}
