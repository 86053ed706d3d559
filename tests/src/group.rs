use std::time::Duration;

use anyhow::{Context as _, Result};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::{PATIENCE, Spindle, eventually};

/// How many partitions our topics have.
const PARTITIONS: i32 = 3;
/// How long one question to the broker may take.
const ANSWER: Duration = Duration::from_secs(20);

impl Spindle {
    /// Waits until a consumer group is done with all that has happened, and with what came of it: for tests that nothing
    /// more happens.
    pub async fn settled(&self, group: &str, topic: &'static str) -> Result<()> {
        let database = self.database().await?;
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.running.kafka_brokers)
            .set("group.id", group)
            .create()?;
        let consumer = std::sync::Arc::new(consumer);
        let told = "
            select count(*),
                   count(*) filter (where position <= (select published from relay_lease))
              from events";
        let look = async || -> Result<(i64, bool)> {
            let row = database.query_one(told, &[]).await?;
            let (all, published): (i64, i64) = (row.get(0), row.get(1));
            Ok((all, all == published))
        };
        eventually(&format!("{group} to be done"), async || {
            let (before, true) = look().await? else { return Ok(None) };
            let asked = consumer.clone();
            let is_done = tokio::task::spawn_blocking(move || is_done(&asked, topic)).await??;
            Ok((is_done && look().await? == (before, true)).then_some(()))
        })
        .await
        .with_context(|| format!("{PATIENCE:?}"))
    }
}

/// Whether the group has committed each partition's end.
fn is_done(consumer: &BaseConsumer, topic: &str) -> Result<bool> {
    let mut partitions = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        partitions.add_partition(topic, partition);
    }
    let committed = consumer.committed_offsets(partitions, ANSWER)?;
    for element in committed.elements() {
        let (_, end) = consumer.fetch_watermarks(topic, element.partition(), ANSWER)?;
        let done = match element.offset() {
            Offset::Offset(offset) => offset,
            _ => 0,
        };
        if done < end {
            return Ok(false);
        }
    }
    Ok(true)
}
