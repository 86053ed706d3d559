//! The relay: takes committed events out of Postgres, in order, to Kafka.
//!
//! One relay is active at a time. It holds a lease (a row with an expiry and an epoch), gives each
//! committed event its `position`, publishes by position, and notes how far Kafka has acknowledged.
//! A relay that dies in between leaves events that have a position and may or may not be in Kafka;
//! the next one publishes them again, and consumers know them by their ids.

mod event;
pub mod kafka;
mod lease;
mod observed;
mod retention;
mod topics;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rdkafka::ClientConfig;
use spin_host::monitor::Monitor;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::database::Database;
use event::Event;
use kafka::{Kafka, Silent};
use lease::{Lease, Taken};
use observed::{Observed, Standing};
use retention::Retention;

/// How many events one statement takes; a bound on memory, not a rate.
const BATCH: i64 = 1000;
/// How long we sleep when there is nothing to do and nobody wakes us.
const IDLE: Duration = Duration::from_millis(250);
/// How soon we look again after events came; under load the next ones are there already.
const BUSY: Duration = Duration::from_millis(5);
/// How long after a failure of Postgres or Kafka we try again.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// The longest that a relay whom another keeps waiting sleeps: the other may leave its lease early.
const STANDBY: Duration = Duration::from_secs(1);
/// How long Kafka may take to tell of its brokers while the lease is fresh.
const LEARNING: Duration = Duration::from_secs(1);
/// How long what is committed may take to be published once we are told to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Run the relay alone: events from Postgres to Kafka.
///
/// Of several relays one is active; another takes over within seconds when it ends.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  DATABASE_URL=… KAFKA_BROKERS=kafka-0:9092,kafka-1:9092 spindle relay"
)]
pub struct Options {
    /// Where the events are.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,

    /// Where they go: `host:port`, several with commas.
    #[arg(long, env = "KAFKA_BROKERS")]
    kafka_brokers: String,

    /// How: properties of librdkafka's, one a line, such as security.protocol=SASL_SSL.
    #[arg(long, env = "KAFKA_PROPERTIES", hide_env_values = true, default_value = "")]
    kafka_properties: String,

    /// Where to serve /metrics (Prometheus), /livez and /readyz, such as 0.0.0.0:9464; default: nowhere.
    #[arg(long, value_name = "ADDRESS", env = "SPINDLE_METRICS_LISTEN")]
    listen: Option<SocketAddr>,
}

pub async fn run(options: Options) -> Result<()> {
    let database = Database::parse(&options.database_url)?;
    let mut monitor = Monitor::default();
    let kafka = kafka::config(&options.kafka_brokers, &options.kafka_properties)?;
    let relay = Relay::new(database, kafka, None, &mut monitor);
    let stop = crate::up::stop_signal()?;
    if let Some(address) = options.listen {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("--listen {address}"))?;
        info!(address = %listener.local_addr()?, "serving /metrics, /livez and /readyz");
        // Until the process ends: while it drains, too, somebody may want to know.
        tokio::spawn(Arc::new(monitor).serve(listener, CancellationToken::new()));
    }
    relay.run(stop).await
}

/// See the module's documentation.
pub struct Relay {
    database: Database,
    kafka: ClientConfig,
    /// Told of in the lease; a new one for each start.
    holder: String,
    wake: Option<Arc<Notify>>,
    observed: Arc<Observed>,
}

impl Relay {
    /// `wake`, where it is given, is notified when there may be something new.
    pub fn new(
        database: Database,
        kafka: ClientConfig,
        wake: Option<Arc<Notify>>,
        monitor: &mut Monitor,
    ) -> Self {
        let holder = uuid::Uuid::now_v7().to_string();
        Self { database, kafka, holder, wake, observed: Observed::new(monitor) }
    }

    /// Publishes until `stop`; then one batch more of what is committed, and leaves the lease to others.
    ///
    /// No failure ends it: Postgres and Kafka come back. But for `stop` it doesn't wait for them.
    pub async fn run(self, stop: CancellationToken) -> Result<()> {
        let overdue = async {
            stop.cancelled().await;
            sleep(DRAIN).await;
        };
        tokio::select! {
            () = self.work(&stop) => {}
            () = overdue => warn!("the relay could not finish; the next one publishes what is left"),
        }
        Ok(())
    }

    async fn work(&self, stop: &CancellationToken) {
        let mut failing = false;
        while !stop.is_cancelled() {
            match self.session(stop, &mut failing).await {
                Ok(()) => {}
                Err(error) if failing => {
                    debug!(error = format!("{error:#}"), "the relay still can't go on");
                }
                Err(error) => {
                    failing = true;
                    self.observed.is(Standing::Failing);
                    warn!(
                        error = format!("{error:#}"),
                        "the relay stopped; it tries again until it can go on"
                    );
                }
            }
            pause(stop, AFTER_FAILURE).await;
        }
    }

    /// One connection to each side, for as long as both last.
    async fn session(&self, stop: &CancellationToken, failing: &mut bool) -> Result<()> {
        let Some(opened) = stop.run_until_cancelled(self.open()).await else { return Ok(()) };
        let (mut lease, mut kafka) = opened?;
        while !stop.is_cancelled() {
            match lease.take().await? {
                Taken::Ours => {
                    info!(epoch = lease.epoch(), "this relay is active");
                    if !*failing {
                        self.observed.is(Standing::Active);
                    }
                    if let Err(error) = kafka.learn(LEARNING).await {
                        debug!(error = format!("{error:#}"), "Kafka doesn't tell of its brokers");
                    }
                    let outcome = self.publish(&mut lease, &kafka, stop, failing).await;
                    if let Err(error) = outcome {
                        // Then whoever reaches Kafka needn't wait until the lease expires. What Kafka refuses, it refuses
                        // whoever sends it.
                        if kafka.close().await
                            && error.is::<Silent>()
                            && let Ok(Err(error)) = timeout(AFTER_FAILURE, lease.release()).await
                        {
                            debug!(error = format!("{error:#}"), "the lease is left to expire");
                        }
                        return Err(error);
                    }
                }
                Taken::Others { expires_in } => {
                    works(failing);
                    self.observed.is(Standing::Standby);
                    self.observed.waits_since(None);
                    pause(stop, expires_in.clamp(IDLE, STANDBY)).await;
                }
            }
        }
        Ok(())
    }

    /// Kafka as well: who doesn't reach it from the start does not take the lease from one that may.
    async fn open(&self) -> Result<(Lease, Kafka)> {
        let client = self.database.connect().await?;
        let lease = Lease::new(client, self.holder.clone()).await?;
        let kafka = Kafka::open(self.kafka.clone()).await?;
        Ok((lease, kafka))
    }

    /// Publishes while the lease is ours. On `stop`, one batch more.
    async fn publish(
        &self,
        lease: &mut Lease,
        kafka: &Kafka,
        stop: &CancellationToken,
        failing: &mut bool,
    ) -> Result<()> {
        loop {
            let left = lease.unpublished(BATCH).await?;
            if left.is_empty() {
                break;
            }
            info!(events = left.len(), "publishing again what may not have reached Kafka");
            self.send(lease, kafka, &left).await?;
        }
        let mut last_events = Instant::now();
        let mut retention = Retention::new();
        loop {
            retention.run(lease.client()).await?;
            lease.claim_due(&self.observed).await?;
            let stopping = stop.is_cancelled();
            let events = lease.assign(BATCH).await?;
            self.send(lease, kafka, &events).await?;
            works(failing);
            self.observed.is(Standing::Active);
            // One batch: under load there is always another, and it may come faster than it goes.
            if stopping {
                lease.release().await?;
                return Ok(());
            }
            if !events.is_empty() {
                last_events = Instant::now();
                continue;
            }
            // After an `assign` that found nothing, a look costs a read, not a write.
            let mut patience = BUSY;
            loop {
                let busy = last_events.elapsed() < IDLE && self.wake.is_none();
                self.idle(stop, if busy { BUSY } else { patience }).await;
                if stop.is_cancelled() || retention.is_due() {
                    break;
                }
                patience = lease.is_idle_for().await?;
                if patience.is_zero() {
                    break;
                }
            }
        }
    }

    async fn idle(&self, stop: &CancellationToken, patience: Duration) {
        let woken = async {
            match &self.wake {
                Some(wake) => wake.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = woken => {}
            () = sleep(patience) => {}
            () = stop.cancelled() => {}
        }
    }

    /// Sends events and waits until Kafka has acknowledged all of them, holding the lease meanwhile.
    ///
    /// # Errors
    /// If the lease was lost, the producer can't go on, or Kafka is silent. Nothing is noted as published then.
    async fn send(&self, lease: &mut Lease, kafka: &Kafka, events: &[Event]) -> Result<()> {
        self.observed.waits_since(events.first().map(|event| event.committed_at));
        let Some(last) = events.last() else { return Ok(()) };
        lease.keep().await?;
        let mut acknowledgements = Vec::with_capacity(events.len() * 2);
        for event in events {
            for record in event.records() {
                let topic = record.topic;
                // Handed over one after the other: the producer keeps this order per partition.
                acknowledgements.push((topic, kafka.send(record)?));
            }
        }
        for (topic, mut acknowledgement) in acknowledgements {
            let mut silence = pin!(kafka.silence(topic));
            let acknowledged = loop {
                tokio::select! {
                    biased;
                    acknowledged = &mut acknowledgement => break acknowledged,
                    () = sleep(lease.fresh_for()) => lease.renew().await?,
                    silent = &mut silence => match silent? {},
                }
            };
            acknowledged
                .context("the producer was dropped")?
                .map_err(|(error, _)| error)
                .context("Kafka did not take an event")?;
        }
        lease.published(last.position);
        self.observed.published(events.len());
        self.observed.waits_since(None);
        Ok(())
    }
}

/// Postgres and Kafka do what we ask.
fn works(failing: &mut bool) {
    if std::mem::take(failing) {
        info!("the relay goes on");
    }
}

async fn pause(stop: &CancellationToken, patience: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(patience) => {}
    }
}
