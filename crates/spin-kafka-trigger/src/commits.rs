//! What is done, and when to tell the group.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::context::{Context, TopicPartition};

/// The least time between two commits of one group. Each costs the broker a write; what a killed process had not
/// committed yet is delivered again, so it is also what a kill can repeat.
const INTERVAL: Duration = Duration::from_millis(100);

/// The wait after a commit that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How far the handlers of a partition have come, for as long as this member has it.
pub(crate) struct Progress {
    next: AtomicI64,
    begun: AtomicI64,
    waits: AtomicBool,
    news: Arc<Notify>,
}

impl Progress {
    /// `news` is notified of each step.
    pub(crate) fn new(news: Arc<Notify>) -> Self {
        Self {
            next: AtomicI64::new(-1),
            begun: AtomicI64::new(-1),
            waits: AtomicBool::new(false),
            news,
        }
    }

    /// A batch that begins at `offset` is in the handler's hands.
    pub(crate) fn begun(&self, offset: i64) {
        self.begun.store(offset, Ordering::Relaxed);
    }

    /// The partition waits before it tries again, or not any more.
    pub(crate) fn waits(&self, waits: bool) {
        self.waits.store(waits, Ordering::Relaxed);
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.waits.load(Ordering::Relaxed)
    }

    /// The first offset that is not done. None before the first record has come.
    pub(crate) fn position(&self) -> Option<i64> {
        let begun = self.begun.load(Ordering::Relaxed);
        self.next().max((begun >= 0).then_some(begun))
    }

    /// Everything before `next` is done.
    pub(crate) fn reached(&self, next: i64) {
        self.next.store(next, Ordering::Release);
        self.news.notify_one();
    }

    /// The offset to commit. None before something is done.
    pub(crate) fn next(&self) -> Option<i64> {
        let next = self.next.load(Ordering::Acquire);
        (next >= 0).then_some(next)
    }
}

/// When the next commit is due: at once if the last is long enough ago, one at a time.
pub(crate) struct Schedule {
    pending: bool,
    in_flight: bool,
    not_before: Instant,
}

impl Schedule {
    pub(crate) fn new() -> Self {
        Self { pending: false, in_flight: false, not_before: Instant::now() }
    }

    /// None while there is nothing to commit, or a commit is on its way.
    pub(crate) fn due(&self) -> Option<Instant> {
        (self.pending && !self.in_flight).then_some(self.not_before)
    }

    /// There is something to commit.
    pub(crate) fn progressed(&mut self) {
        self.pending = true;
    }

    /// Everything that there was to commit is on its way, if there was something: then [`Self::answered`] follows.
    pub(crate) fn sent(&mut self, something: bool) {
        self.pending = false;
        self.in_flight = something;
        self.not_before = Instant::now() + INTERVAL;
    }

    /// The broker has answered. After a failure, what was sent is to be sent again.
    pub(crate) fn answered(&mut self, failed: bool) {
        self.in_flight = false;
        if failed {
            self.pending = true;
            self.not_before = Instant::now() + AFTER_FAILURE;
        }
    }
}

/// A commit on its way to the broker.
pub(crate) struct Commit {
    pub offsets: Vec<(TopicPartition, i64)>,
    answer: JoinHandle<KafkaResult<()>>,
}

impl Commit {
    /// Sends it from a thread that waits for the answer: to a commit that isn't waited for, librdkafka gives none
    /// (`rd_kafka_commit` in its rdkafka_offset.c has no queue for it then).
    pub(crate) fn send(
        consumer: &Arc<StreamConsumer<Context>>,
        offsets: Vec<(TopicPartition, i64)>,
    ) -> Self {
        let consumer = Arc::clone(consumer);
        let sent = offsets.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let mut list = TopicPartitionList::with_capacity(sent.len());
            for ((topic, partition), offset) in &sent {
                list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
            }
            consumer.commit(&list, CommitMode::Sync)
        });
        Self { offsets, answer }
    }

    /// The broker's answer. An error if any offset is not committed.
    pub(crate) async fn answer(&mut self) -> KafkaResult<()> {
        match (&mut self.answer).await {
            Ok(answer) => answer,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_commit_is_due_at_once_and_the_next_after_the_interval() {
        let begin = Instant::now();
        let mut schedule = Schedule::new();
        assert_eq!(schedule.due(), None);
        schedule.progressed();
        assert_eq!(schedule.due(), Some(begin));
        schedule.sent(true);
        schedule.progressed();
        assert_eq!(schedule.due(), None, "one commit at a time");
        schedule.answered(false);
        assert_eq!(schedule.due(), Some(begin + INTERVAL));
    }

    #[tokio::test(start_paused = true)]
    async fn a_commit_that_failed_is_sent_again_later() {
        let begin = Instant::now();
        let mut schedule = Schedule::new();
        schedule.progressed();
        schedule.sent(true);
        schedule.answered(true);
        assert_eq!(schedule.due(), Some(begin + AFTER_FAILURE));
    }

    #[test]
    fn progress_begins_with_the_first_batch() {
        let progress = Progress::new(Arc::default());
        assert_eq!(progress.next(), None);
        progress.reached(7);
        assert_eq!(progress.next(), Some(7));
    }
}
