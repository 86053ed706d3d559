//! What a relay shows of itself.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use spin_host::monitor::{Monitor, Part, State};

/// A relay as others see it.
#[derive(Debug, Default)]
pub struct Observed {
    standing: AtomicU8,
    /// When the oldest event was committed that is not in Kafka, as far as the active relay knows.
    oldest: Mutex<Option<SystemTime>>,
    published: Counter,
    due: Counter,
    lateness: Lateness,
}

/// How much after its time a reminder's event is written.
#[derive(Debug)]
struct Lateness(Histogram);

impl Default for Lateness {
    fn default() -> Self {
        // 10 milliseconds to an hour and a half.
        Self(Histogram::new(exponential_buckets(0.01, 3.0, 13)))
    }
}

/// What a relay is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Standing {
    /// It has no connection yet.
    Starting = 0,
    /// It publishes.
    Active = 1,
    /// Another publishes.
    Standby = 2,
    /// Postgres or Kafka doesn't do what it asks.
    Failing = 3,
}

impl Observed {
    /// One that `monitor` shows.
    pub fn new(monitor: &mut Monitor) -> Arc<Self> {
        let observed = Arc::new(Self::default());
        let registry = monitor.registry();
        registry.register(
            "spindle_relay_published_events",
            "Events that Kafka has acknowledged",
            observed.published.clone(),
        );
        registry.register("spindle_reminders_due", "Reminders that came due", observed.due.clone());
        registry.register(
            "spindle_reminder_lateness_seconds",
            "How long after its time a reminder's event was written",
            observed.lateness.0.clone(),
        );
        registry.register_collector(Box::new(observed.clone()));
        monitor.watch("relays", observed.clone());
        observed
    }

    pub fn is(&self, standing: Standing) {
        self.standing.store(standing as u8, Ordering::Relaxed);
    }

    /// The first of what is about to be published was committed then; none: there is nothing.
    pub fn waits_since(&self, committed: Option<DateTime<Utc>>) {
        let mut oldest = self.oldest.lock().unwrap_or_else(PoisonError::into_inner);
        *oldest = committed.map(SystemTime::from);
    }

    /// Kafka has acknowledged so many more.
    pub fn published(&self, events: usize) {
        self.published.inc_by(events as u64);
    }

    /// These came due, so many seconds ago.
    pub fn came_due(&self, late: &[f64]) {
        self.due.inc_by(late.len() as u64);
        late.iter().for_each(|seconds| self.lateness.0.observe(*seconds));
    }

    fn standing(&self) -> Standing {
        match self.standing.load(Ordering::Relaxed) {
            1 => Standing::Active,
            2 => Standing::Standby,
            3 => Standing::Failing,
            _ => Standing::Starting,
        }
    }
}

impl Part for Observed {
    fn name(&self) -> &str {
        "relay"
    }

    fn state(&self) -> State {
        match self.standing() {
            Standing::Starting => State { word: "starting", alive: true, ready: false },
            Standing::Active => State { word: "active", alive: true, ready: true },
            Standing::Standby => State { word: "standby", alive: true, ready: true },
            Standing::Failing => State { word: "failing", alive: true, ready: false },
        }
    }
}

/// What depends on the moment of the look.
impl Collector for Observed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let active = self.standing() == Standing::Active;
        let gauge = encoder.encode_descriptor(
            "spindle_relay_active",
            "Whether this relay is the one that publishes",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(i64::from(active)).encode(gauge)?;
        let oldest = *self.oldest.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = oldest.and_then(|then| then.elapsed().ok()).unwrap_or_default();
        let gauge = encoder.encode_descriptor(
            "spindle_relay_backlog_seconds",
            "How long the oldest event waits that is not in Kafka",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(waits.as_secs_f64()).encode(gauge)
    }
}
