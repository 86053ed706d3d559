//! Whatever comes in `task-events`, each record ends in one place: as an audit row, or as a dead letter with its reason.
//!
//! `SPINDLE_STRANGE_RECORDS` says how many (1,000 else), `SPINDLE_STRANGE_SEED` which.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::util::Timeout;
use serde_json::{Value, json};
use spindle_tests::{Spindle, until_none_is_left};
use uuid::Uuid;

const TOPIC: &str = "task-events";
const DEAD_LETTERS: &str = "audit-write.dead-letter";
const PARTITIONS: i32 = 3;

/// What must become of a record.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fate {
    Written,
    DeadLetter,
    /// Either, as Postgres and the parser see it, but one of them.
    Either,
}

struct Strange {
    /// The event's id, where there is one.
    id: Option<Uuid>,
    value: Option<Vec<u8>>,
    fate: Fate,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_ends_as_an_audit_row_or_as_a_dead_letter_with_its_reason() -> Result<()> {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(Ok(default), |text| text.parse()).context(name.to_owned())
    };
    let count = usize::try_from(number("SPINDLE_STRANGE_RECORDS", 1_000)?)?;
    let seed = number("SPINDLE_STRANGE_SEED", fastrand::u64(..))?;
    eprintln!("SPINDLE_STRANGE_RECORDS={count} SPINDLE_STRANGE_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let spindle = Spindle::start_embedded().await?;
    let brokers = spindle.running.kafka_brokers.clone();
    let producer: ThreadedProducer<DefaultProducerContext> = client(&brokers).create()?;
    let mut sent = HashMap::new();
    for number in 0..count {
        let (key, strange) = (format!("strange-{number}"), strange(&mut random));
        let mut record = BaseRecord::to(TOPIC).key(&key);
        record.payload = strange.value.as_deref();
        producer.send(record).map_err(|(error, _)| error)?;
        sent.insert(key, strange);
        if number % 1_000 == 999 {
            producer.flush(Timeout::After(Duration::from_secs(60)))?;
        }
    }
    producer.flush(Timeout::After(Duration::from_secs(60)))?;
    until_none_is_left("records that nobody has taken", async || left(&brokers).await).await?;
    // A partition that is blocked would never come to these.
    let last = spindle.create("after all").await?;
    spindle.audit(last["id"].as_str().context("no id")?, 1).await?;

    let rows = spindle.database().await?.query("select id from audit_logs", &[]).await?;
    let written: HashSet<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let dead = dead_letters(&brokers)?;
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, strange) in &sent {
        let is_written = strange.id.is_some_and(|id| written.contains(&id));
        let reasons = dead.get(key).map_or(&[][..], Vec::as_slice);
        let value = || String::from_utf8_lossy(strange.value.as_deref().unwrap_or_default());
        ensure!(
            is_written == reasons.is_empty(),
            "{key}: written: {is_written}, dead letters: {reasons:?}: {:.300}",
            value()
        );
        ensure!(reasons.len() <= 1, "{key} died {} times: {reasons:?}", reasons.len());
        let fate = if is_written { Fate::Written } else { Fate::DeadLetter };
        ensure!(
            strange.fate == Fate::Either || strange.fate == fate,
            "{key} was to be {:?}: {reasons:?}: {:.300}",
            strange.fate,
            value()
        );
        ensure!(reasons.iter().all(|reason| !reason.is_empty()), "{key} has no reason");
        *tally.entry(if is_written { "written" } else { "dead letters" }).or_default() += 1;
    }
    ensure!(dead.keys().all(|key| sent.contains_key(key)), "dead letters that nobody sent");
    ensure!(tally.len() == 2, "nothing was tested: {tally:?}");
    eprintln!("{tally:?}");
    spindle.stop().await
}

/// A random record.
fn strange(random: &mut fastrand::Rng) -> Strange {
    let id = Uuid::from_u128(random.u128(..));
    let good = event(id, random);
    let text = good.to_string();
    let dead = |value: Vec<u8>| Strange { id: None, value: Some(value), fate: Fate::DeadLetter };
    let either = |value: String| Strange {
        id: Some(id),
        value: Some(value.into_bytes()),
        fate: Fate::Either,
    };
    match random.u8(0..16) {
        0..4 => Strange { id: Some(id), value: Some(text.into_bytes()), fate: Fate::Written },
        4 => Strange { id: None, value: None, fate: Fate::DeadLetter },
        5 => dead((0..random.usize(0..200)).map(|_| random.u8(128..)).collect()),
        6 => dead(text.as_bytes()[..random.usize(1..text.len() - 1)].to_vec()),
        7 => {
            let fields = ["event_id", "event_type", "user_id", "payload", "timestamp"];
            let mut value = good;
            value[fields[random.usize(0..fields.len())]] =
                [json!(null), json!(1e300), json!([]), json!("\u{0}"), json!({})]
                    [random.usize(0..5)]
                .clone();
            either(value.to_string())
        }
        8 => {
            let mut value = good;
            let fields: Vec<String> =
                value.as_object().map(|it| it.keys().cloned().collect()).unwrap_or_default();
            let field = fields[random.usize(0..fields.len())].clone();
            if let Some(object) = value.as_object_mut() {
                object.remove(&field);
            }
            either(value.to_string())
        }
        // Legal JSON, and no jsonb.
        9 => {
            let mut value = good;
            value["payload"]["task"]["title"] = json!("nothing\u{0}");
            Strange {
                id: Some(id),
                value: Some(value.to_string().into_bytes()),
                fate: Fate::DeadLetter,
            }
        }
        10 => either(text.replacen("buy milk", r"\ud800", 1)),
        11 => {
            let depth = random.usize(1..20_000);
            let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            either(text.replacen("\"buy milk\"", &deep, 1))
        }
        12 => either(text.replacen("buy milk", &"x".repeat(random.usize(1..400_000)), 1)),
        13 => {
            let mut bytes = text.into_bytes();
            let place = random.usize(0..bytes.len());
            bytes[place] = random.u8(..);
            // A digit of the id may be what has changed.
            let id = serde_json::from_slice::<Value>(&bytes)
                .ok()
                .and_then(|value| value["event_id"].as_str()?.parse().ok());
            Strange { id, value: Some(bytes), fate: Fate::Either }
        }
        14 => either(text.replacen("\"version\":1", "\"version\":1e400", 1)),
        _ => either(format!("{text}{text}")),
    }
}

fn event(id: Uuid, random: &mut fastrand::Rng) -> Value {
    let (user, task) = (Uuid::from_u128(random.u128(..)), Uuid::from_u128(random.u128(..)));
    json!({
        "event_id": id, "event_type": "task.created", "topic_name": TOPIC, "correlation_id": "strange",
        "timestamp": "2026-11-21T12:00:00Z", "source_service": "tasks", "user_id": user,
        "payload": { "old": null, "task": { "id": task, "version": 1, "title": "buy milk" } },
    })
}

fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "audit-write");
    config.set("enable.auto.commit", "false").set("queue.buffering.max.kbytes", "1000000");
    config
}

/// Records that the group has not committed.
async fn left(brokers: &str) -> Result<i64> {
    let consumer: BaseConsumer = client(brokers).create()?;
    tokio::task::spawn_blocking(move || {
        let patience = Duration::from_secs(20);
        let mut list = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            list.add_partition(TOPIC, partition);
        }
        let committed = consumer.committed_offsets(list, patience)?;
        let mut left = 0;
        for element in committed.elements() {
            let (_, end) = consumer.fetch_watermarks(TOPIC, element.partition(), patience)?;
            left += match element.offset() {
                Offset::Offset(offset) => end - offset,
                _ => end,
            };
        }
        Ok(left)
    })
    .await?
}

/// The reasons of dead letters, by the records' keys.
fn dead_letters(brokers: &str) -> Result<HashMap<String, Vec<String>>> {
    let consumer: BaseConsumer = client(brokers).create()?;
    let (_, end) = consumer.fetch_watermarks(DEAD_LETTERS, 0, Duration::from_secs(20))?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(DEAD_LETTERS, 0, Offset::Beginning)?;
    consumer.assign(&list)?;
    let mut dead: HashMap<String, Vec<String>> = HashMap::new();
    let mut next = 0;
    while next < end {
        let record = consumer.poll(Duration::from_secs(30)).context("no record for 30 s")??;
        next = record.offset() + 1;
        let key = String::from_utf8(record.key().context("no key")?.to_vec())?;
        let headers = record.headers().context("no headers")?;
        let reason = headers.iter().find(|header| header.key == "dead-letter-reason");
        let reason = reason.and_then(|header| header.value).context("no reason")?;
        dead.entry(key).or_default().push(String::from_utf8_lossy(reason).into_owned());
    }
    Ok(dead)
}
