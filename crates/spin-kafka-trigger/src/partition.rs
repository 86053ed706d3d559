//! One partition's records, batch by batch, until each is done.

use std::future::ready;
use std::ops::ControlFlow;
use std::sync::Arc;

use futures::StreamExt;
use rdkafka::consumer::stream_consumer::StreamPartitionQueue;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::backoff::Backoff;
use crate::batch::{Batch, Batches};
use crate::commits::Progress;
use crate::context::Context;
use crate::handler::Handler;
use crate::record;
use crate::settings::{Settings, Start};

/// What it takes to work on a partition.
pub(crate) struct Partition {
    pub topic: String,
    pub partition: i32,
    pub settings: Arc<Settings>,
    pub handler: Arc<Handler>,
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

    /// Calls the handler until the batch is done. Breaks off if the partition is given up before.
    async fn handle(&self, mut batch: Batch) -> ControlFlow<()> {
        let mut backoff = Backoff::new(self.settings.retry.first, self.settings.retry.max);
        let mut attempt = 1;
        loop {
            let Some(Ok(permit)) = self.stop.run_until_cancelled(self.permits.acquire()).await
            else {
                return ControlFlow::Break(());
            };
            // Not cut short by `stop`: what has begun may have had its effect already.
            let outcome = self.handler.call(&batch.messages).await;
            drop(permit);
            let fault = match outcome {
                Ok(()) => {
                    debug!(
                        component = self.settings.component,
                        topic = self.topic,
                        partition = self.partition,
                        first_offset = batch.first_offset(),
                        last_offset = batch.next_offset - 1,
                        attempt,
                        "batch done"
                    );
                    self.progress.reached(batch.next_offset);
                    return ControlFlow::Continue(());
                }
                Err(fault) => fault,
            };
            let wait = backoff.next();
            warn!(
                component = self.settings.component,
                topic = self.topic,
                partition = self.partition,
                first_offset = batch.first_offset(),
                last_offset = batch.next_offset - 1,
                attempt,
                failed_offset = fault.index().map(|index| batch.offset_at(index)),
                "batch failed, tried again in {wait:.1?}: {fault}"
            );
            if self.stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return ControlFlow::Break(());
            }
            attempt += 1;
            batch.set_attempt(attempt);
        }
    }
}
