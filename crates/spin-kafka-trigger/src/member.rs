//! A member of a consumer group: takes partitions on, commits what their handlers have done, gives them up again.
//!
//! It alone commits, so nothing is committed for a partition that this member no longer has.

use std::collections::HashMap;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaErrorCode;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::TriggerError;
use crate::commits::{Commit, Progress, Schedule};
use crate::context::{self, Context, Event, TopicPartition};
use crate::dead_letters::DeadLetters;
use crate::handler::Handler;
use crate::health::Health;
use crate::lag::Gauge;
use crate::metrics::Metrics;
use crate::partition::Partition;
use crate::settings::Settings;

/// Handlers of one trigger that may run at once.
const PARALLEL: usize = 16;

/// How long a handler may take beyond its time limit, to be instantiated and to be thrown away.
const GRACE: Duration = Duration::from_secs(10);

/// How long a handler that is abandoned may take to be thrown away.
const ABORT: Duration = Duration::from_secs(1);

/// How long the last commit, and leaving the group, may take. Then the group finds out by itself.
const FAREWELL: Duration = Duration::from_secs(10);

/// How soon to send the last commit again that came between two generations of the group.
const BETWEEN_GENERATIONS: Duration = Duration::from_millis(100);

/// How often to look whether Kafka is back.
const LOOK: Duration = Duration::from_secs(1);

/// How often to show how far behind partitions are.
const SHOW: Duration = Duration::from_secs(1);

/// How often to ask the broker about the end of partitions that are not fetched from, counted in [`SHOW`]s.
const ASK: u32 = 10;

/// What a trigger's member works with.
pub(crate) struct Work {
    pub settings: Arc<Settings>,
    pub handler: Arc<Handler>,
    pub dead_letters: Arc<DeadLetters>,
    pub metrics: Metrics,
    pub health: Arc<Health>,
}

/// See the module's documentation.
pub(crate) struct Member {
    settings: Arc<Settings>,
    handler: Arc<Handler>,
    dead_letters: Arc<DeadLetters>,
    metrics: Metrics,
    health: Arc<Health>,
    consumer: Arc<StreamConsumer<Context>>,
    events: mpsc::UnboundedReceiver<Event>,
    held: HashMap<TopicPartition, Held>,
    schedule: Schedule,
    /// The commit that has no answer yet.
    committing: Option<Commit>,
    /// Some partition has made progress.
    news: Arc<Notify>,
    permits: Arc<Semaphore>,
    /// Looks whether Kafka is back.
    looking: Option<JoinHandle<()>>,
    /// How often it was shown how far behind partitions are.
    shown: u32,
    /// Asks the broker where partitions end.
    asking: Option<JoinHandle<()>>,
}

/// A partition that this member has.
struct Held {
    stop: CancellationToken,
    task: JoinHandle<()>,
    progress: Arc<Progress>,
    committed: Option<i64>,
    gauge: Gauge,
}

impl Held {
    /// The offset that is done but not committed.
    fn uncommitted(&self) -> Option<i64> {
        self.progress.next().filter(|next| Some(*next) != self.committed)
    }
}

/// Why partitions are released.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The group takes them, once we have answered.
    Revoked,
    /// Others have them already.
    Lost,
    /// This member leaves.
    Leaving,
}

impl Member {
    /// A member that has no partition yet. `events` are what the consumer's context tells.
    pub(crate) fn new(
        work: Work,
        consumer: Arc<StreamConsumer<Context>>,
        events: mpsc::UnboundedReceiver<Event>,
    ) -> Self {
        let Work { settings, handler, dead_letters, metrics, health } = work;
        Self {
            settings,
            handler,
            dead_letters,
            metrics,
            health,
            consumer,
            events,
            held: HashMap::new(),
            schedule: Schedule::new(),
            committing: None,
            news: Arc::default(),
            permits: Arc::new(Semaphore::new(PARALLEL)),
            looking: None,
            shown: 0,
            asking: None,
        }
    }

    /// Works until `shutdown`.
    pub(crate) async fn work(&mut self, shutdown: &CancellationToken) -> Result<(), TriggerError> {
        let mut show = tokio::time::interval(SHOW);
        show.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = self.schedule.due();
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                Some(event) = self.events.recv() => self.on(event).await?,
                () = self.news.notified() => self.schedule.progressed(),
                _ = show.tick() => self.show(),
                answer = async {
                    match &mut self.committing {
                        Some(commit) => commit.answer().await,
                        None => pending().await,
                    }
                } => self.committed(answer),
                () = async {
                    match due {
                        Some(due) => sleep_until(due).await,
                        None => pending().await,
                    }
                } => self.commit(),
            }
        }
    }

    async fn on(&mut self, event: Event) -> Result<(), TriggerError> {
        match event {
            Event::Assigned(partitions) => {
                self.consumer.context().settled();
                self.health.joined();
                self.take_on(&partitions)?;
            }
            Event::Revoked { partitions, lost } => {
                self.give_up(&partitions, lost).await;
            }
            Event::Away => {
                self.health.away(true);
                self.look();
            }
            Event::Fatal(reason) => return Err(self.fatal(reason)),
        }
        Ok(())
    }

    fn fatal(&self, reason: String) -> TriggerError {
        TriggerError::Fatal { group: self.settings.group.clone(), reason }
    }

    fn take_on(&mut self, partitions: &[TopicPartition]) -> Result<(), TriggerError> {
        // Cooperative rebalances end with an empty assignment for whom nothing changes.
        if !partitions.is_empty() {
            info!(
                group = self.settings.group,
                partitions = names(partitions),
                "partitions assigned"
            );
        }
        for (topic, partition) in partitions {
            if self.held.contains_key(&(topic.clone(), *partition)) {
                // librdkafka would neither give the records out again that are in our hands, nor wake a second reader
                // of the queue. Another member gets them again.
                return Err(self.fatal(format!("{topic}/{partition} was assigned twice")));
            }
            // Before the first record is fetched: otherwise it would come with the events.
            let Some(queue) = self.consumer.split_partition_queue(topic, *partition) else {
                return Err(self.fatal(format!("there is no queue for {topic}/{partition}")));
            };
            let stop = CancellationToken::new();
            let progress = Arc::new(Progress::new(Arc::clone(&self.news)));
            let metrics = Arc::new(self.metrics.partition(&self.settings, topic, *partition));
            let gauge = Gauge::new(Arc::clone(&metrics));
            let work = Partition {
                topic: topic.clone(),
                partition: *partition,
                settings: Arc::clone(&self.settings),
                handler: Arc::clone(&self.handler),
                dead_letters: Arc::clone(&self.dead_letters),
                metrics,
                permits: Arc::clone(&self.permits),
                progress: Arc::clone(&progress),
                stop: stop.clone(),
            };
            let context = Arc::clone(self.consumer.context());
            let name = format!("{topic}/{partition}");
            let task = tokio::spawn(async move {
                if AssertUnwindSafe(work.run(queue)).catch_unwind().await.is_err() {
                    context.send(Event::Fatal(format!("the task of {name} panicked")));
                }
            });
            let held = Held { stop, task, progress, committed: None, gauge };
            self.held.insert((topic.clone(), *partition), held);
        }
        if let Err(error) = context::take_on(&*self.consumer, partitions) {
            debug!(group = self.settings.group, %error, "the assignment was over before it was taken on");
        }
        Ok(())
    }

    async fn give_up(&mut self, partitions: &[TopicPartition], lost: bool) {
        if lost {
            warn!(
                group = self.settings.group,
                partitions = names(partitions),
                "partitions lost: what their handlers did since the last commit may be delivered again"
            );
        } else if !partitions.is_empty() {
            info!(
                group = self.settings.group,
                partitions = names(partitions),
                "partitions revoked"
            );
        }
        self.release(partitions, if lost { Why::Lost } else { Why::Revoked }).await;
        if let Err(error) = context::give_up(&*self.consumer, partitions) {
            debug!(group = self.settings.group, %error, "the rebalance was over before it was answered");
        }
    }

    /// Ends the work on partitions and commits what it has done, unless they are lost.
    async fn release(&mut self, partitions: &[TopicPartition], why: Why) {
        for held in partitions.iter().filter_map(|partition| self.held.get(partition)) {
            held.stop.cancel();
            if why == Why::Lost {
                held.task.abort();
            }
        }
        let deadline = Instant::now() + self.settings.timeout + GRACE;
        for (topic, partition) in partitions {
            let Some(held) = self.held.get_mut(&(topic.clone(), *partition)) else { continue };
            if timeout_at(deadline, &mut held.task).await.is_err() {
                warn!(
                    group = self.settings.group,
                    topic, partition, "a handler does not end, and is abandoned"
                );
                held.task.abort();
                // Its queue is to be gone before the partition comes back.
                let _ = timeout(ABORT, &mut held.task).await;
            }
        }
        let farewell = Instant::now() + FAREWELL;
        if why != Why::Lost {
            // Offsets must not overtake each other.
            self.settle(farewell).await;
        }
        let offsets: Vec<_> = partitions
            .iter()
            .filter_map(|partition| self.held.remove_entry(partition))
            .filter_map(|(partition, held)| Some((partition, held.uncommitted()?)))
            .collect();
        if !offsets.is_empty() && why != Why::Lost {
            let last = self.commit_last(&offsets, why == Why::Leaving);
            if timeout_at(farewell, last).await.is_err() {
                warn!(group = self.settings.group, "the last commit was not answered in time");
            }
        }
    }

    async fn commit_last(&self, offsets: &[(TopicPartition, i64)], leaving: bool) {
        while !self.consumer.assignment_lost() {
            let Err(error) = Commit::send(&self.consumer, offsets.to_vec()).answer().await else {
                return;
            };
            self.tell_commit_failure(&error);
            // We leave while the group is between two generations, which concerns other partitions than those that we
            // still have: it takes the commit in the next one. A revocation, on the other hand, is waited for.
            let between = matches!(
                error.rdkafka_error_code(),
                Some(RDKafkaErrorCode::RebalanceInProgress | RDKafkaErrorCode::IllegalGeneration)
            );
            if !(leaving && between) {
                return;
            }
            sleep(BETWEEN_GENERATIONS).await;
        }
    }

    /// Waits for the answer to the commit that is on its way, if one is.
    async fn settle(&mut self, deadline: Instant) {
        if let Some(commit) = &mut self.committing
            && let Ok(answer) = timeout_at(deadline, commit.answer()).await
        {
            self.committed(answer);
        }
    }

    /// Commits what is done. [`Self::committed`] follows when the broker has answered.
    fn commit(&mut self) {
        let offsets: Vec<_> = self
            .held
            .iter()
            .filter_map(|(partition, held)| Some((partition.clone(), held.uncommitted()?)))
            .collect();
        self.schedule.sent(!offsets.is_empty());
        if !offsets.is_empty() {
            self.committing = Some(Commit::send(&self.consumer, offsets));
        }
    }

    fn committed(&mut self, answer: KafkaResult<()>) {
        let Some(commit) = self.committing.take() else { return };
        self.schedule.answered(answer.is_err());
        if let Err(error) = answer {
            return self.tell_commit_failure(&error);
        }
        self.consumer.context().answered();
        for (partition, offset) in commit.offsets {
            if let Some(held) = self.held.get_mut(&partition) {
                held.committed = Some(offset);
            }
        }
    }

    fn tell_commit_failure(&self, error: &KafkaError) {
        match error.rdkafka_error_code() {
            // The partitions go, or went, to another member: it gets the records again.
            Some(
                RDKafkaErrorCode::RebalanceInProgress
                | RDKafkaErrorCode::IllegalGeneration
                | RDKafkaErrorCode::UnknownMemberId
                | RDKafkaErrorCode::AssignmentLost,
            ) => debug!(group = self.settings.group, %error, "a commit came too late"),
            _ if self.consumer.context().is_away() => {
                debug!(group = self.settings.group, %error, "a commit failed")
            }
            _ => warn!(group = self.settings.group, %error, "a commit failed, and is sent again"),
        }
    }

    /// Shows how far behind partitions are.
    fn show(&mut self) {
        self.health.away(self.consumer.context().is_away());
        for (partition, held) in &mut self.held {
            held.gauge.show(&self.consumer, partition, &held.progress, held.committed);
        }
        self.shown = self.shown.wrapping_add(1);
        let asked_already = self.asking.as_ref().is_some_and(|task| !task.is_finished());
        if self.shown.is_multiple_of(ASK) && !asked_already && !self.consumer.context().is_away() {
            let questions: Vec<_> = self
                .held
                .iter()
                .filter(|(_, held)| held.progress.is_waiting())
                .map(|(partition, held)| held.gauge.ask(&self.consumer, partition))
                .collect();
            if !questions.is_empty() {
                self.asking = Some(tokio::task::spawn_blocking(move || {
                    questions.into_iter().for_each(|ask| ask());
                }));
            }
        }
    }

    /// Looks for Kafka until it is back. librdkafka reconnects by itself; this is to be able to say so.
    fn look(&mut self) {
        if self.looking.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let consumer = Arc::downgrade(&self.consumer);
        let topic = self.settings.topics.first().cloned();
        self.looking = Some(tokio::spawn(async move {
            loop {
                sleep(LOOK).await;
                let Some(consumer) = consumer.upgrade() else { return };
                if !consumer.context().is_away() {
                    return;
                }
                let topic = topic.clone();
                let look = move || {
                    if consumer.client().fetch_metadata(topic.as_deref(), LOOK).is_ok() {
                        consumer.context().answered();
                    }
                };
                if tokio::task::spawn_blocking(look).await.is_err() {
                    return;
                }
            }
        }));
    }

    /// Finishes what runs, commits it, and leaves the group, so that the others need not wait to find out.
    pub(crate) async fn leave(mut self, polling: JoinHandle<()>) {
        info!(group = self.settings.group, "leaving the group");
        let held: Vec<TopicPartition> = self.held.keys().cloned().collect();
        self.release(&held, Why::Leaving).await;

        self.consumer.context().close();
        polling.abort();
        let _ = polling.await;
        while let Ok(event) = self.events.try_recv() {
            let answer = match event {
                Event::Assigned(partitions) => context::take_on(&*self.consumer, &partitions),
                Event::Revoked { partitions, .. } => context::give_up(&*self.consumer, &partitions),
                _ => Ok(()),
            };
            if let Err(error) = answer {
                debug!(group = self.settings.group, %error, "a rebalance was over before it was answered");
            }
        }
        // Dropping the consumer leaves the group, and blocks meanwhile.
        let (left, leaving) = oneshot::channel();
        let consumer = self.consumer;
        std::thread::spawn(move || {
            drop(consumer);
            let _ = left.send(());
        });
        if timeout(FAREWELL, leaving).await.is_err() {
            warn!(
                group = self.settings.group,
                "the group was not left in time, and will find out by itself"
            );
        }
    }
}

fn names(partitions: &[TopicPartition]) -> String {
    let names: Vec<String> =
        partitions.iter().map(|(topic, partition)| format!("{topic}/{partition}")).collect();
    names.join(" ")
}
