//! From a partition's stream of records to batches.

use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::handler::Message;
use crate::settings::BatchLimits;

/// Records of one partition, in order, that a handler gets together. Never empty.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Shared with the call that handles it, which outlives no attempt.
    pub messages: Arc<Vec<Message>>,
    /// The offset that a group has committed when this batch is done.
    pub next_offset: i64,
}

impl Batch {
    pub(crate) fn first_offset(&self) -> i64 {
        self.offset_at(0)
    }

    /// The offset of the record at `index`; of the last one, if there are fewer.
    pub(crate) fn offset_at(&self, index: usize) -> i64 {
        self.messages.get(index).map_or(self.next_offset - 1, |message| message.offset)
    }

    /// Which delivery of its records this is.
    pub(crate) fn attempt(&self) -> u32 {
        self.messages.first().map_or(1, |message| message.attempt)
    }

    /// Marks every record as delivered once more.
    pub(crate) fn delivered_again(&mut self) {
        for message in Arc::make_mut(&mut self.messages) {
            message.attempt = message.attempt.saturating_add(1);
        }
    }

    /// Takes the records from `index` on away into a batch of their own. None if there are none, and itself stays whole
    /// if there are none before.
    pub(crate) fn split_off(&mut self, index: usize) -> Option<Batch> {
        if index == 0 || index >= self.messages.len() {
            return None;
        }
        let rest = Arc::make_mut(&mut self.messages).split_off(index);
        let next_offset = std::mem::replace(&mut self.next_offset, rest[0].offset);
        Some(Batch { messages: Arc::new(rest), next_offset })
    }
}

/// Collects batches of what `records` has.
pub(crate) struct Batches<S> {
    records: S,
    limits: BatchLimits,
    /// The record that didn't fit into the last batch.
    carried: Option<Message>,
}

impl<S: Stream<Item = Message> + Unpin> Batches<S> {
    pub(crate) fn new(records: S, limits: BatchLimits) -> Self {
        Self { records, limits, carried: None }
    }

    /// Waits for a record, takes what is there with it, and waits `limits.wait` for more if that doesn't fill a batch.
    /// `None` when the stream has ended. A batch that was begun is lost if this future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Batch> {
        let first = match self.carried.take() {
            Some(carried) => carried,
            None => self.records.next().await?,
        };
        let mut bytes = size(&first);
        let mut messages = vec![first];
        let deadline =
            (self.limits.wait > Duration::ZERO).then(|| Instant::now() + self.limits.wait);
        while messages.len() < self.limits.records && bytes < self.limits.bytes {
            let Some(record) = self.another(deadline).await else { break };
            let size = size(&record);
            if bytes + size > self.limits.bytes {
                self.carried = Some(record);
                break;
            }
            bytes += size;
            messages.push(record);
        }
        let next_offset = messages.last().map_or(0, |last| last.offset + 1);
        Some(Batch { messages: Arc::new(messages), next_offset })
    }

    async fn another(&mut self, deadline: Option<Instant>) -> Option<Message> {
        let next = self.records.next();
        match deadline {
            None => next.now_or_never().flatten(),
            Some(deadline) => timeout_at(deadline, next).await.ok().flatten(),
        }
    }
}

/// Bytes of a record that count toward `batch.bytes`.
fn size(message: &Message) -> usize {
    let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    let headers: usize =
        message.headers.iter().map(|(name, value)| name.len() + length(value)).sum();
    length(&message.key) + length(&message.value) + headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(offset: i64, bytes: usize) -> Message {
        Message {
            topic: "t".into(),
            partition: 0,
            offset,
            timestamp_ms: None,
            key: None,
            value: Some(vec![0; bytes]),
            headers: Vec::new(),
            attempt: 1,
        }
    }

    fn limits(records: usize, bytes: usize, wait: Duration) -> BatchLimits {
        BatchLimits { records, bytes, wait }
    }

    fn sizes(batch: &Batch) -> Vec<usize> {
        batch.messages.iter().map(size).collect()
    }

    async fn all(records: &[usize], limits: BatchLimits) -> Vec<Vec<usize>> {
        let records: Vec<Message> =
            records.iter().zip(0..).map(|(bytes, offset)| record(offset, *bytes)).collect();
        let mut batches = Batches::new(futures::stream::iter(records), limits);
        let mut all = Vec::new();
        let mut next = 0;
        while let Some(batch) = batches.next().await {
            assert_eq!(batch.messages[0].offset, next, "no record is skipped or repeated");
            next = batch.next_offset;
            all.push(sizes(&batch));
        }
        all
    }

    #[tokio::test]
    async fn a_batch_ends_at_the_limit_of_records() {
        assert_eq!(
            all(&[1; 5], limits(2, 100, Duration::ZERO)).await,
            [vec![1, 1], vec![1, 1], vec![1]]
        );
    }

    #[tokio::test]
    async fn a_batch_ends_before_the_limit_of_bytes_and_a_large_record_is_alone() {
        let batches = all(&[4, 4, 4, 25, 2, 10, 1], limits(100, 10, Duration::ZERO)).await;
        assert_eq!(batches, [vec![4, 4], vec![4], vec![25], vec![2], vec![10], vec![1]]);
    }

    #[tokio::test]
    async fn keys_and_headers_count() {
        let full = Message {
            key: Some(vec![0; 3]),
            value: None,
            headers: vec![("name".into(), Some(vec![0; 5])), ("x".into(), None)],
            ..record(0, 0)
        };
        assert_eq!(size(&full), 13);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_wait_a_batch_is_what_is_there() {
        let (records, stream) = futures::channel::mpsc::unbounded();
        let mut batches = Batches::new(stream, limits(10, 100, Duration::ZERO));
        records.unbounded_send(record(0, 1)).expect("open");
        records.unbounded_send(record(1, 1)).expect("open");
        let batch = batches.next().await.expect("a batch");
        assert_eq!((sizes(&batch), batch.next_offset), (vec![1, 1], 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_fills_a_batch_and_ends_when_it_is_full() {
        let (records, stream) = futures::channel::mpsc::unbounded();
        let mut batches = Batches::new(stream, limits(3, 100, Duration::from_secs(5)));
        let begin = Instant::now();
        tokio::spawn(async move {
            for offset in 0..5 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                records.unbounded_send(record(offset, 1)).expect("open");
            }
            std::future::pending::<()>().await;
        });
        assert_eq!(sizes(&batches.next().await.expect("a batch")), [1, 1, 1]);
        assert_eq!(begin.elapsed().as_secs(), 3);
        assert_eq!(sizes(&batches.next().await.expect("a batch")), [1, 1]);
        assert_eq!(begin.elapsed().as_secs(), 4 + 5, "five seconds after its first record");
    }
}
