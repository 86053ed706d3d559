//! How far the end of a partition is away.

use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rdkafka::bindings::rd_kafka_get_watermark_offsets;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
use tokio::time::Instant;

use crate::commits::Progress;
use crate::context::{Context, TopicPartition};
use crate::metrics::PartitionMetrics;

/// How long the broker may take to tell where a partition ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is shown of one partition.
pub(crate) struct Gauge {
    metrics: Arc<PartitionMetrics>,
    /// The end that the broker was asked for, if librdkafka's own knowledge had grown old.
    asked: Arc<AtomicI64>,
    /// What was committed when it was last looked at, and when that changed.
    committed: Option<i64>,
    since: Instant,
}

impl Gauge {
    pub(crate) fn new(metrics: Arc<PartitionMetrics>) -> Self {
        let asked = Arc::new(AtomicI64::new(-1));
        Self { metrics, asked, committed: None, since: Instant::now() }
    }

    /// Shows how things stand.
    pub(crate) fn show(
        &mut self,
        consumer: &StreamConsumer<Context>,
        (topic, partition): &TopicPartition,
        progress: &Progress,
        committed: Option<i64>,
    ) {
        let end = known_end(consumer, topic, *partition).max(self.asked.load(Ordering::Relaxed));
        let position = progress.position();
        let behind = position.map_or(0, |position| (end - position).max(0));
        let nothing_to_commit = behind == 0 && committed == progress.next();
        if committed != self.committed || nothing_to_commit {
            self.committed = committed;
            self.since = Instant::now();
        }
        self.metrics.behind(behind, self.since.elapsed());
    }

    /// Asks the broker where the partition ends. Blocks.
    pub(crate) fn ask(
        &self,
        consumer: &Arc<StreamConsumer<Context>>,
        (topic, partition): &TopicPartition,
    ) -> impl FnOnce() + Send + 'static {
        // A question must not keep the consumer in the group.
        let (consumer, asked) = (Arc::downgrade(consumer), Arc::clone(&self.asked));
        let (topic, partition) = (topic.clone(), *partition);
        move || {
            let Some(consumer) = consumer.upgrade() else { return };
            if let Ok((_, end)) = consumer.fetch_watermarks(&topic, partition, PATIENCE) {
                asked.store(end, Ordering::Relaxed);
            }
        }
    }
}

/// The end of a partition when it was last fetched from; negative if it never was. A partition that waits is not fetched
/// from once its queue is full.
fn known_end(consumer: &StreamConsumer<Context>, topic: &str, partition: i32) -> i64 {
    let Ok(topic) = CString::new(topic) else { return -1 };
    let (mut low, mut high) = (-1, -1);
    // SAFETY: the client lives as long as `consumer`, and the topic's name as long as the call, which only reads what
    // the client has in memory.
    let code = unsafe {
        rd_kafka_get_watermark_offsets(
            consumer.client().native_ptr(),
            topic.as_ptr(),
            partition,
            &raw mut low,
            &raw mut high,
        )
    };
    if code == RD_KAFKA_RESP_ERR_NO_ERROR { high } else { -1 }
}
