//! One partition's records, batch by batch, until each is done.

use std::future::ready;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use rdkafka::consumer::stream_consumer::StreamPartitionQueue;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::backoff::Backoff;
use crate::batch::{Batch, Batches};
use crate::commits::Progress;
use crate::context::Context;
use crate::dead_letters::DeadLetters;
use crate::delivery::{Delivery, Sentence, Then};
use crate::handler::{Fault, Handler, Message};
use crate::metrics::PartitionMetrics;
use crate::record;
use crate::settings::{Settings, Start};

/// What it takes to work on a partition.
pub(crate) struct Partition {
    pub topic: String,
    pub partition: i32,
    pub settings: Arc<Settings>,
    pub handler: Arc<Handler>,
    pub dead_letters: Arc<DeadLetters>,
    pub metrics: Arc<PartitionMetrics>,
    /// Bounds how many handlers of this trigger run at once.
    pub permits: Arc<Semaphore>,
    pub progress: Arc<Progress>,
    /// The partition is given up: no further attempt begins, the one that runs ends.
    pub stop: CancellationToken,
}

impl Partition {
    /// Hands out batches until the partition is given up. Records that are not handed out yet wait in `queue`, which is
    /// bounded; the group's other events don't pass through it.
    pub(crate) async fn run(self, queue: StreamPartitionQueue<Context>) {
        let records = queue.stream().filter_map(|polled| {
            ready(match polled {
                Ok(record) => Some(record::message(&record, &self.topic)),
                Err(error) => {
                    debug!(group = self.settings.group, topic = self.topic, partition = self.partition, %error,
                        "no records for now");
                    None
                }
            })
        });
        let mut batches = Batches::new(records, self.settings.batch);
        while let Some(Some(batch)) = self.stop.run_until_cancelled(batches.next()).await {
            self.progress.begun(batch.first_offset());
            if self.settings.start == Start::Latest && self.progress.next().is_none() {
                // Where the group has begun. Without it, a batch that is never done here would be before the latest
                // record for the next member, and be skipped.
                self.progress.reached(batch.first_offset());
            }
            if self.handle(batch).await.is_break() {
                break;
            }
        }
    }

    /// Calls the handler until every record of the batch is done or given up. Breaks off if the partition is given up
    /// before.
    async fn handle(&self, batch: Batch) -> ControlFlow<()> {
        let mut left = batch.messages.len();
        let mut delivery = Delivery::new(batch, self.settings.retry);
        while let Some(batch) = delivery.current() {
            let Some(Ok(permit)) = self.stop.run_until_cancelled(self.permits.acquire()).await
            else {
                return ControlFlow::Break(());
            };
            let begin = Instant::now();
            // Not cut short by `stop`: what has begun may have had its effect already.
            let outcome = self.handler.call(&batch.messages).await;
            drop(permit);
            self.metrics.called(begin.elapsed(), outcome.as_ref().err().map(Fault::kind));
            if outcome.is_ok() {
                self.log_done(batch);
            }
            let settled = delivery.settle(outcome.as_ref().copied());
            if let Some(reached) = settled.reached {
                self.progress.reached(reached);
            }
            if let Err(fault) = &outcome {
                self.log_failed(&delivery, fault, &settled.then);
            }
            match settled.then {
                Then::GoOn | Then::Bisect => {}
                Then::Wait(wait) => self.wait(wait).await?,
                Then::DeadLetter(sentence) => {
                    if let Some(record) = delivery.first() {
                        self.dead_letter(record, &sentence).await?;
                        self.metrics.buried(sentence.kind);
                    }
                    if let Some(reached) = delivery.bury() {
                        self.progress.reached(reached);
                    }
                }
            }
            self.metrics.done(left - delivery.left());
            left = delivery.left();
        }
        ControlFlow::Continue(())
    }

    /// Writes a record to the dead-letter topic, however often it takes. Breaks off if the partition is given up before:
    /// the next member gets the record again.
    async fn dead_letter(&self, record: &Message, sentence: &Sentence) -> ControlFlow<()> {
        let mut backoff = Backoff::new(self.settings.retry.first, self.settings.retry.max);
        loop {
            let Err(error) = self.dead_letters.write(record, sentence).await else {
                return ControlFlow::Continue(());
            };
            let wait = backoff.next();
            error!(
                component = self.settings.component,
                topic = self.topic,
                partition = self.partition,
                offset = record.offset,
                dead_letter = self.dead_letters.topic(),
                "a record can't be dead-lettered, and its partition waits; tried again in {wait:.1?}: {error}"
            );
            self.wait(wait).await?;
        }
    }

    /// Breaks off if the partition is given up meanwhile.
    async fn wait(&self, wait: Duration) -> ControlFlow<()> {
        self.metrics.waits();
        self.progress.waits(true);
        let waited = self.stop.run_until_cancelled(tokio::time::sleep(wait)).await;
        self.progress.waits(false);
        match waited {
            Some(()) => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
        }
    }

    fn log_done(&self, batch: &Batch) {
        debug!(
            component = self.settings.component,
            topic = self.topic,
            partition = self.partition,
            first_offset = batch.first_offset(),
            last_offset = batch.next_offset - 1,
            attempt = batch.attempt(),
            "batch done"
        );
    }

    /// Tells what failed and what follows, of the records that are not done.
    fn log_failed(&self, delivery: &Delivery, fault: &Fault, then: &Then) {
        let Some(batch) = delivery.current() else { return };
        let what = match then {
            Then::GoOn => "goes on".to_owned(),
            Then::Bisect => "cut in two to find the record that is to blame".to_owned(),
            Then::Wait(wait) => format!("tried again in {wait:.1?}"),
            Then::DeadLetter(sentence) => format!(
                "its first record goes to {} after {} failures",
                self.dead_letters.topic(),
                sentence.attempts
            ),
        };
        warn!(
            component = self.settings.component,
            topic = self.topic,
            partition = self.partition,
            first_offset = batch.first_offset(),
            last_offset = batch.next_offset - 1,
            attempt = batch.attempt() - 1,
            "batch failed, {what}: {}: {}",
            fault.kind().as_str(),
            fault.reason()
        );
    }
}
