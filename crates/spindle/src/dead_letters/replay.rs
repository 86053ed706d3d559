//! `spindle dead-letters replay`.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use futures::StreamExt as _;
use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::FuturesOrdered;
use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaErrorCode;

use super::cluster::{Cluster, Quiet};
use super::filter::Filter;
use super::id::{Id, Target};
use super::index::{Index, Letters, Wanted};
use super::list::{Style, counted, print, summary};
use super::progress::Progress;
use super::record::Record;
use super::text;

/// How many may be on their way at once.
const WINDOW: usize = 100;

/// What is acknowledged, every copy has; and the broker's retries neither duplicate nor reorder.
const PRODUCER: &[(&str, &str)] = &[
    ("acks", "all"),
    ("enable.idempotence", "true"),
    ("max.in.flight.requests.per.connection", "5"),
    ("message.timeout.ms", "60000"),
    // The broker alone says what is too large.
    ("message.max.bytes", "1000000000"),
    ("linger.ms", "1"),
    // As the relay's.
    ("partitioner", "murmur2_random"),
];

/// Send records that were given up to their topics again.
///
/// Without --yes it only prints what it would send. Records go out in the order of their offsets, with their keys, so
/// that they come to the partition where their likes are, and with their own headers. One more, `dead-letter-replayed`,
/// has the id.
///
/// When the brokers have acknowledged a record, a note of it is written to the dead-letter topic: `list` shows it no
/// more, and another replay leaves it out. If this program ends in between, the next replay sends the record once more.
/// Consumers of Kafka must bear that, as each of Spindle's does. All groups that consume the topic get the record, not
/// only the one that gave it up.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  spindle dead-letters replay audit-write.dead-letter/0/42
  spindle dead-letters replay audit-write.dead-letter/0/42 --yes
  spindle dead-letters replay --kind timeout --since 1day --yes
  spindle dead-letters replay --all --yes")]
pub struct Options {
    /// Ids, as `list` prints them, or dead-letter topics.
    #[arg(value_name = "ID|TOPIC")]
    targets: Vec<Target>,

    /// Every dead letter of the cluster.
    #[arg(long, conflicts_with = "targets")]
    all: bool,

    /// Send them. Without it, they are only listed.
    #[arg(long)]
    yes: bool,

    /// JSON lines on a terminal, too.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    filter: Filter,
}

impl Options {
    /// # Errors
    /// If it is not said what to send: all of it must be meant.
    pub fn check(&self) -> Result<()> {
        if self.targets.is_empty() && self.filter.is_empty() && !self.all {
            bail!(
                "say which dead letters: ids, topics, conditions such as --kind timeout, or --all"
            );
        }
        Ok(())
    }
}

pub async fn run(cluster: &Cluster, options: &Options) -> Result<()> {
    let Options { targets, filter, .. } = options;
    let index = Index::read(cluster, &Wanted { targets, filter, replayed: false }).await?;
    let style = Style::new(options.json);
    if options.yes {
        send(cluster, &index, &style).await?;
    } else {
        preview(cluster, &index, &style).await?;
    }
    super::all_there(&index.missing)
}

async fn preview(cluster: &Cluster, index: &Index, style: &Style) -> Result<()> {
    let sources = print(cluster, index, style, &mut std::io::stdout().lock()).await?;
    eprintln!("{}", summary(index));
    for gone in sources.iter().filter(|topic| !cluster.topics.contains_key(*topic)) {
        eprintln!("What came from {} can't be sent: that topic is gone.", text::line(gone));
    }
    if index.len() > 0 {
        eprintln!("Nothing is sent yet. The same command with --yes sends them to their topics.");
    }
    Ok(())
}

async fn send(cluster: &Cluster, index: &Index, style: &Style) -> Result<()> {
    let mut sender = Sender {
        producer: cluster.client(PRODUCER)?,
        topics: &cluster.topics,
        style,
        progress: Progress::new("records sent", u64::try_from(index.len())?),
        sent: 0,
        failed: 0,
    };
    for part in &index.parts {
        let mut letters = Letters::of(cluster, part)?;
        let mut on_their_way = FuturesOrdered::new();
        while let Some((letter, _)) = letters.next().await? {
            // Handed over one after the other: the producer keeps this order per partition.
            on_their_way.push_back(sender.send(letter));
            if on_their_way.len() >= WINDOW
                && let Some(outcome) = on_their_way.next().await
            {
                sender.settle(outcome)?;
            }
        }
        while let Some(outcome) = on_their_way.next().await {
            sender.settle(outcome)?;
        }
    }
    sender.progress.clear();
    let Sender { sent, failed, .. } = sender;
    match (sent, failed) {
        (0, 0) => eprintln!("{} Nothing to send.", summary(index)),
        (sent, 0) => eprintln!("{} sent again.", counted(sent)),
        (sent, failed) => bail!("{} of {} could not be sent", failed, counted(sent + failed)),
    }
    Ok(())
}

/// Where a letter has gone, or why it hasn't.
type Outcome = (Id, Result<Id, Failure>);

enum Failure {
    /// Others may well go.
    Its(String),
    /// Others would not go either, or overtake it.
    Everybodys(KafkaError),
    /// It was sent.
    Unmarked(KafkaError),
}

struct Sender<'a> {
    producer: FutureProducer<Quiet>,
    topics: &'a BTreeMap<String, usize>,
    style: &'a Style,
    progress: Progress,
    sent: usize,
    failed: usize,
}

impl Sender<'_> {
    /// Hands a letter to the producer. What is left to do is to wait for the brokers, then to mark it as sent.
    fn send(&self, letter: Record) -> BoxFuture<'static, Outcome> {
        let its = |why: String| {
            let id = letter.id.clone();
            async { (id, Err(Failure::Its(why))) }.boxed()
        };
        let Some(topic) = letter.source_topic() else {
            return its("it doesn't say which topic it came from".to_owned());
        };
        if !self.topics.contains_key(&*topic) {
            let topic = text::line(&topic);
            return its(format!("its topic {topic} is gone; create it, and replay again"));
        }
        let record = FutureRecord::<[u8], [u8]> {
            topic: &topic,
            partition: None,
            payload: letter.value.as_deref(),
            key: letter.key.as_deref(),
            // Its own would let the topic's retention take it at once, if it is old.
            timestamp: None,
            headers: Some(letter.replayed_headers()),
        };
        let acknowledged = match self.producer.send_result(record) {
            Ok(acknowledged) => acknowledged,
            Err((error, _)) => return ready(letter.id.clone(), error),
        };
        let topic = topic.into_owned();
        let producer = self.producer.clone();
        async move {
            let id = letter.id.clone();
            let delivered = match acknowledged.await {
                Ok(Ok(delivered)) => delivered,
                Ok(Err((error, _))) => return (id, Err(judged(error))),
                Err(_) => return (id, Err(Failure::Everybodys(KafkaError::Canceled))),
            };
            let sent = Id { topic, partition: delivered.partition, offset: delivered.offset };
            let outcome = match mark(&producer, &letter).await {
                Ok(()) => Ok(sent),
                Err(error) => Err(Failure::Unmarked(error)),
            };
            (id, outcome)
        }
        .boxed()
    }

    /// Tells how it went.
    fn settle(&mut self, (id, outcome): Outcome) -> Result<()> {
        match outcome {
            Ok(sent) => {
                self.sent += 1;
                self.progress.clear();
                let mut out = std::io::stdout().lock();
                if self.style.json {
                    let line =
                        serde_json::json!({ "id": id.to_string(), "sent": sent.to_string() });
                    writeln!(out, "{line}")?;
                } else {
                    writeln!(out, "{id} -> {sent}")?;
                }
            }
            Err(Failure::Its(why)) => {
                self.failed += 1;
                self.progress.clear();
                eprintln!("spindle: {id}: {why}");
            }
            Err(Failure::Everybodys(error)) => {
                return Err(error).with_context(|| {
                    format!("{id} was not sent, and those after it neither ({} were)", self.sent)
                });
            }
            Err(Failure::Unmarked(error)) => {
                return Err(error).with_context(|| {
                    format!("{id} was sent, but no note of it was written: the next replay sends it again")
                });
            }
        }
        self.progress.at(u64::try_from(self.sent + self.failed)?);
        Ok(())
    }
}

fn ready(id: Id, error: KafkaError) -> BoxFuture<'static, Outcome> {
    async { (id, Err(judged(error))) }.boxed()
}

fn judged(error: KafkaError) -> Failure {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidMessageSize) => {
            Failure::Its("its topic takes no record as large as this one".to_owned())
        }
        Some(
            code @ (RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::InvalidRecord
            | RDKafkaErrorCode::PolicyViolation
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownTopicOrPartition),
        ) => Failure::Its(format!("its topic doesn't take it: {code}")),
        _ => Failure::Everybodys(error),
    }
}

/// Notes in its partition that a letter was sent.
async fn mark(producer: &FutureProducer<Quiet>, letter: &Record) -> Result<(), KafkaError> {
    let note = FutureRecord::<[u8], [u8]> {
        topic: &letter.id.topic,
        partition: Some(letter.id.partition),
        payload: None,
        key: letter.key.as_deref(),
        timestamp: None,
        headers: Some(letter.replayed_headers()),
    };
    let acknowledged = producer.send_result(note).map_err(|(error, _)| error)?;
    let delivered = acknowledged.await.map_err(|_| KafkaError::Canceled)?;
    delivered.map(drop).map_err(|(error, _)| error)
}
