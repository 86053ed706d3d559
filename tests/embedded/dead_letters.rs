//! `spindle dead-letters`, and the component `dead-letter`.

use std::collections::BTreeSet;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use spindle_tests::{PATIENCE, Spindle, eventually, spindle_program};

const TOPIC: &str = "audit-write.dead-letter";

#[tokio::test]
async fn a_dead_letter_is_listed_shown_and_sent_again_once() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let task = spindle.create("given up").await?;
    let task_id = task["id"].as_str().context("no id")?;
    let row = &spindle.audit(task_id, 1).await?[0];
    let event_id = row["id"].as_str().context("no id")?;
    let database = spindle.database().await?;
    // As if its consumer had given it up.
    ensure!(database.execute("delete from audit_logs", &[]).await? == 1);
    let event = json!({
        "event_id": event_id, "event_type": "task.created", "topic_name": "task-events",
        "correlation_id": "given-up", "timestamp": "2026-11-21T09:00:00Z", "source_service": "tasks",
        "user_id": task["user_id"], "payload": { "task": task, "old": null },
    });
    let letters = Letters::new(&spindle)?;
    letters.write(TOPIC, task_id, b"\xff\x00", &[]).await?;
    let mut story = story("task-events", "reject", "no such\nuser");
    story.extend([("ce_id", event_id), ("mine", "kept")]);
    letters.write(TOPIC, task_id, event.to_string().as_bytes(), &story).await?;

    let id = format!("{TOPIC}/0/1");
    let failure = format!("{id}: reject: no such user");
    until_event_is(&database, event_id, "failed", Some(&failure)).await?;

    let listed = lines(&spindle.dead_letters(&["list", "--kind", "reject"]).await?)?;
    ensure!(listed.len() == 1, "{listed:?}");
    assert_eq!(listed[0]["id"], id.as_str());
    assert_eq!(listed[0]["reason"], "no such\nuser");
    assert_eq!(listed[0]["topic"], "task-events");
    let bare = lines(&spindle.dead_letters(&["list", &format!("{TOPIC}/0/0")]).await?)?;
    ensure!(bare.len() == 1 && bare[0]["reason"].is_null(), "{bare:?}");
    let shown = spindle.dead_letters(&["show", &id]).await?;
    let page = String::from_utf8(shown.stdout)?;
    for part in [
        "from        task-events/0/0",
        "    mine: kept\n",
        "      \"event_type\": \"task.created\",\n",
    ] {
        ensure!(page.contains(part), "{part:?} in {page}");
    }

    // Only told, not done.
    let previewed = spindle.dead_letters(&["replay", &id]).await?;
    assert_eq!(lines(&previewed)?, listed);
    ensure!(stderr(&previewed).contains("--yes"), "{}", stderr(&previewed));
    assert_eq!(lines(&spindle.dead_letters(&["list", "--kind", "reject"]).await?)?, listed);

    let sent = lines(&spindle.dead_letters(&["replay", &id, "--yes"]).await?)?;
    ensure!(sent.len() == 1 && sent[0]["id"] == id.as_str(), "{sent:?}");
    assert_eq!(spindle.audit(task_id, 1).await?[0]["id"], event_id);
    until_event_is(&database, event_id, "processed", None).await?;
    let (key, value, headers) = letters.read(sent[0]["sent"].as_str().context("no place")?).await?;
    assert_eq!(key, task_id);
    assert_eq!(value, event.to_string());
    let expected = [("ce_id", event_id), ("mine", "kept"), ("dead-letter-replayed", &id)];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

    assert_eq!(lines(&spindle.dead_letters(&["list", "--kind", "reject"]).await?)?.len(), 0);
    let with = lines(&spindle.dead_letters(&["list", "--kind", "reject", "--replayed"]).await?)?;
    ensure!(with.len() == 1 && with[0]["replayed_at"].is_string(), "{with:?}");
    let again = spindle.dead_letters(&["replay", &id, "--yes"]).await?;
    ensure!(again.status.success() && again.stdout.is_empty(), "{again:?}");
    ensure!(stderr(&again).contains("Nothing to send"), "{}", stderr(&again));
    spindle.stop().await
}

#[tokio::test]
async fn an_event_that_two_consumers_gave_up_has_failed_until_both_got_it_again() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let task = spindle.create("given up twice").await?;
    let row = &spindle.audit(task["id"].as_str().context("no id")?, 1).await?[0];
    let event_id = row["id"].as_str().context("no id")?;
    let database = spindle.database().await?;
    let letters = Letters::new(&spindle)?;
    for kind in ["trap", "timeout"] {
        let mut story = story("task-events", kind, "broke");
        story.push(("ce_id", event_id));
        letters.write(TOPIC, "k", b"{}", &story).await?;
    }
    let (first, second) =
        (format!("{TOPIC}/0/0: trap: broke"), format!("{TOPIC}/0/1: timeout: broke"));
    until_event_is(&database, event_id, "failed", Some(&format!("{first}\n{second}"))).await?;
    let mark = async |number| {
        let id = format!("{TOPIC}/0/{number}");
        let headers = [("ce_id", event_id), ("dead-letter-replayed", &id)];
        letters.send(TOPIC, "k", None, &headers).await
    };
    mark(0).await?;
    until_event_is(&database, event_id, "failed", Some(&second)).await?;
    mark(1).await?;
    until_event_is(&database, event_id, "processed", None).await?;
    spindle.stop().await
}

#[tokio::test]
async fn a_topic_that_is_gone_is_named_and_the_other_letters_go_on() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    spindle.audit(spindle.create("one").await?["id"].as_str().context("no id")?, 1).await?;
    let none = spindle.dead_letters(&["list"]).await?;
    ensure!(none.status.success() && none.stdout.is_empty(), "{none:?}");
    let letters = Letters::new(&spindle)?;
    for topic in ["reminders", "gone-topic", "reminders"] {
        letters.write(TOPIC, "k", b"{}", &story(topic, "retry", "later")).await?;
    }
    let everything = spindle.dead_letters(&["replay", "--yes"]).await?;
    ensure!(stderr(&everything).contains("--all"), "{}", stderr(&everything));
    let replayed = spindle.dead_letters(&["replay", "--all", "--yes"]).await?;
    assert_eq!(replayed.status.code(), Some(1));
    let said = stderr(&replayed);
    ensure!(said.contains(&format!("{TOPIC}/0/1: its topic gone-topic is gone")), "{said}");
    ensure!(said.contains("1 of 3 dead letters could not be sent"), "{said}");
    let sent = json_lines(&replayed)?;
    assert_eq!(ids(&sent), [format!("{TOPIC}/0/0"), format!("{TOPIC}/0/2")]);
    // What was sent is `{}`, which audit-write rejects: those are dead letters of another kind.
    let left = lines(&spindle.dead_letters(&["list", "--kind", "retry"]).await?)?;
    assert_eq!(ids(&left), [format!("{TOPIC}/0/1")]);
    spindle.stop().await
}

#[tokio::test]
async fn every_partition_is_read_to_its_end_and_what_is_not_there_is_named() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let brokers = &spindle.running.kafka_brokers;
    let letters = Letters::new(&spindle)?;
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    for (name, partitions) in [("other.dead-letter", 3), ("other-events", 2)] {
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        for made in admin.create_topics([&topic], &AdminOptions::new()).await? {
            made.map_err(|(name, error)| anyhow::anyhow!("{name}: {error}"))?;
        }
    }
    let mut written = BTreeSet::new();
    for number in 0..300 {
        let kind = if number % 3 == 0 { "trap" } else { "retry" };
        let key = number.to_string();
        let story = story("other-events", kind, "later");
        written.insert(letters.write("other.dead-letter", &key, key.as_bytes(), &story).await?);
    }
    let listed = lines(&spindle.dead_letters(&["list", "other.dead-letter"]).await?)?;
    assert_eq!(ids(&listed).into_iter().collect::<BTreeSet<_>>(), written);
    let place = |line: &Value| {
        let (partition, offset) = line["id"].as_str()?.split_once('/')?.1.split_once('/')?;
        Some((partition.parse::<i32>().ok()?, offset.parse::<i64>().ok()?))
    };
    let places: Vec<_> = listed.iter().map(place).collect();
    ensure!(places.is_sorted() && places.iter().all(Option::is_some), "{places:?}");
    ensure!(
        places.iter().flatten().map(|(partition, _)| partition).collect::<BTreeSet<_>>().len() == 3
    );

    let replayed = lines(&spindle.dead_letters(&["replay", "--kind", "trap", "--yes"]).await?)?;
    assert_eq!(replayed.len(), 100);
    let left = lines(&spindle.dead_letters(&["list"]).await?)?;
    ensure!(left.len() == 200 && left.iter().all(|line| line["kind"] == "retry"), "{left:?}");
    let since = spindle.dead_letters(&["list", "--until", "2026-11-21T09:00:00Z"]).await?;
    assert_eq!(lines(&since)?.len(), 0);

    for (arguments, expected) in [
        (
            &["show", "other.dead-letter/1/9999"][..],
            "there is no dead letter other.dead-letter/1/9999",
        ),
        (&["show", "other.dead-letter/9/0"], "there is no dead letter other.dead-letter/9/0"),
        (&["list", "nowhere"], "there is no topic nowhere"),
        (&["list", "--data", "/nowhere"], "no `spindle up` runs on /nowhere"),
        (&["list", "--property", "sasl.pasword=x"], "sasl.pasword is no property"),
    ] {
        let output = spindle.dead_letters(arguments).await?;
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        ensure!(stderr(&output).contains(expected), "{expected:?} in {}", stderr(&output));
    }
    spindle.stop().await
}

/// The headers of a dead letter.
fn story<'a>(topic: &'a str, kind: &'a str, reason: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("dead-letter-group", "audit-write"),
        ("dead-letter-component", "audit-write"),
        ("dead-letter-topic", topic),
        ("dead-letter-partition", "0"),
        ("dead-letter-offset", "0"),
        ("dead-letter-first-failure", "2026-11-21T09:15:00.000Z"),
        ("dead-letter-last-failure", "2026-11-21T09:15:07.250Z"),
        ("dead-letter-attempts", "3"),
        ("dead-letter-kind", kind),
        ("dead-letter-reason", reason),
    ]
}

async fn until_event_is(
    database: &tokio_postgres::Client,
    event: &str,
    status: &str,
    message: Option<&str>,
) -> Result<()> {
    let mut last = None;
    let settled = eventually("the event's status", async || {
        let select = "select processing_status, error_message from events where id = $1";
        let row = database.query_one(select, &[&event.parse::<uuid::Uuid>()?]).await?;
        let found: (String, Option<String>) = (row.get(0), row.get(1));
        let there = (found.0.as_str(), found.1.as_deref()) == (status, message);
        last = Some(found);
        Ok(there.then_some(()))
    });
    settled.await.with_context(|| format!("{last:?}"))
}

/// Writes to topics and reads from them, as the trigger does, and a consumer.
struct Letters {
    producer: FutureProducer,
    consumer: StreamConsumer,
}

impl Letters {
    fn new(spindle: &Spindle) -> Result<Self> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &spindle.running.kafka_brokers).set("group.id", "a-test");
        Ok(Self { producer: config.create()?, consumer: config.create()? })
    }

    /// Returns the record's id.
    async fn write(
        &self,
        topic: &str,
        key: &str,
        value: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<String> {
        self.send(topic, key, Some(value), headers).await
    }

    async fn send(
        &self,
        topic: &str,
        key: &str,
        value: Option<&[u8]>,
        headers: &[(&str, &str)],
    ) -> Result<String> {
        let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(*value) })
        });
        let mut record = FutureRecord::<str, [u8]>::to(topic).key(key).headers(headers);
        record.payload = value;
        let delivered = self.producer.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
        Ok(format!("{topic}/{}/{}", delivered.partition, delivered.offset))
    }

    /// Key, value and headers of the record at `<topic>/<partition>/<offset>`.
    async fn read(&self, place: &str) -> Result<(String, String, Vec<(String, String)>)> {
        let [topic, partition, offset] = place.split('/').collect::<Vec<_>>()[..] else {
            anyhow::bail!("{place}")
        };
        let mut partitions = TopicPartitionList::new();
        let offset = Offset::Offset(offset.parse()?);
        partitions.add_partition_offset(topic, partition.parse()?, offset)?;
        self.consumer.assign(&partitions)?;
        let record = tokio::time::timeout(PATIENCE, self.consumer.recv()).await??;
        let text = |bytes: Option<&[u8]>| {
            anyhow::Ok(std::str::from_utf8(bytes.context("null")?)?.to_owned())
        };
        let headers = record.headers().context("no headers")?;
        let headers = headers.iter().map(|it| Ok((it.key.to_owned(), text(it.value)?)));
        Ok((text(record.key())?, text(record.payload())?, headers.collect::<Result<_>>()?))
    }
}

trait DeadLetters {
    /// Runs `spindle dead-letters` beside it, as somebody in the same folder does.
    async fn dead_letters(&self, arguments: &[&str]) -> Result<Output>;
}

impl DeadLetters for Spindle {
    async fn dead_letters(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = tokio::process::Command::new(spindle_program());
        command.env_remove("KAFKA_BROKERS").env_remove("KAFKA_PROPERTIES_FILE");
        command.arg("dead-letters").args(arguments);
        if !arguments.contains(&"--data") {
            command.arg("--data").arg(self.data());
        }
        let output = tokio::time::timeout(PATIENCE, command.kill_on_drop(true).output());
        output.await.with_context(|| format!("{arguments:?}"))?.context("spindle dead-letters")
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a run that went well has printed.
fn lines(output: &Output) -> Result<Vec<Value>> {
    ensure!(output.status.success(), "{}: {}", output.status, stderr(output));
    json_lines(output)
}

fn json_lines(output: &Output) -> Result<Vec<Value>> {
    let text = std::str::from_utf8(&output.stdout)?;
    text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

fn ids(lines: &[Value]) -> Vec<String> {
    lines.iter().filter_map(|line| line["id"].as_str().map(str::to_owned)).collect()
}
