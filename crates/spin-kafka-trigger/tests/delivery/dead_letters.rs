//! Records that are given up: which, when, and what is told of them.

use futures::FutureExt;

use crate::apache;
use crate::broker::Broker;
use crate::plugin::{Application, Setup};
use crate::probe::{Probe, Record, Verdict};
use crate::{numbers, unique};

fn application(broker: &Broker, probe: &Probe, topic: &str, trigger: &str) -> Application {
    Application::new(&Setup {
        brokers: &broker.address,
        probe: &probe.url,
        group: topic,
        topic,
        trigger,
        properties: "",
    })
}

/// Ends a batch that has a record of this text in the way that is asked for.
async fn refusing(bad: &'static str, verdict: fn(usize) -> Verdict) -> Probe {
    Probe::deciding(move |records| {
        let bad = records.iter().position(|record| record.value.as_deref() == Some(bad.as_bytes()));
        async move { bad.map_or(Verdict::Done, verdict) }.boxed()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_record_goes_to_the_dead_letters_as_it_came_and_the_others_are_done() {
    let (broker, topic) = (Broker::shared(), unique("reject"));
    broker.create_topic(&topic, 1).await;
    let probe = refusing("bad", |index| Verdict::Fail { index, reason: "reject" }).await;
    let producer = broker.producer();
    producer.send_numbers(&topic, 0, 0, 10).await;
    let headers: [(&str, Option<&[u8]>); 3] =
        [("a", Some(b"\xff")), ("dead-letter-reason", Some(b"of old")), ("empty", None)];
    producer.send_raw(&topic, Some(b"\x00key"), Some(b"bad"), &headers).await;
    producer.send_numbers(&topic, 0, 10, 10).await;
    let mut plugin = application(broker, &probe, &topic, "").start();
    broker.until_committed(&topic, &topic, 0, 21).await;

    let letters = broker.records(&format!("{topic}.dead-letter")).await;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.key.as_deref(), Some(b"\x00key".as_slice()));
    assert_eq!(letter.value.as_deref(), Some(b"bad".as_slice()));
    assert_eq!(letter.headers[..2], [("a".into(), Some(b"\xff".to_vec())), ("empty".into(), None)]);
    for (name, value) in [
        ("group", topic.as_str()),
        ("component", "probe"),
        ("topic", topic.as_str()),
        ("partition", "0"),
        ("offset", "10"),
        ("timestamp", "1700000000123"),
        ("attempts", "1"),
        ("kind", "reject"),
        ("reason", "the server said so"),
    ] {
        assert_eq!(letter.header(&format!("dead-letter-{name}")), value);
    }
    let first = letter.header("dead-letter-first-failure");
    assert_eq!(first, letter.header("dead-letter-last-failure"));
    assert!(first.starts_with("20") && first.ends_with('Z'), "{first}");

    // What stood before it was done with it, what stands after it comes without it.
    let delivered = probe.texts(0);
    assert_eq!(delivered[..10], numbers(0..10));
    assert_eq!(delivered[10], "bad");
    assert_eq!(delivered[delivered.len() - 10..], numbers(10..20));
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_tried_in_vain_goes_to_the_dead_letters_after_its_attempts() {
    let (broker, topic) = (Broker::shared(), unique("attempts"));
    broker.create_topic(&topic, 1).await;
    let probe = refusing("1", |index| Verdict::Fail { index, reason: "retry" }).await;
    let producer = broker.producer();
    let trigger = "retry = { attempts = 3, first = \"50ms\", max = \"100ms\" }";
    let mut plugin = application(broker, &probe, &topic, trigger).start();
    producer.send_numbers(&topic, 0, 0, 3).await;
    broker.until_committed(&topic, &topic, 0, 3).await;
    let tried = |record: &Record| record.text() == "1";
    let calls = probe.calls();
    let attempts = calls.iter().filter(|call| call.records.first().is_some_and(tried)).count();
    assert!(
        (2..=3).contains(&attempts),
        "first of its batch at each attempt but the first: {calls:?}"
    );
    let letters = broker.records(&format!("{topic}.dead-letter")).await;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.text(), "1");
    assert_eq!(letter.header("dead-letter-attempts"), "3");
    assert_eq!(letter.header("dead-letter-kind"), "retry");
    assert!(
        letter.header("dead-letter-first-failure") < letter.header("dead-letter-last-failure"),
        "{letter:?}"
    );
    assert_eq!(plugin.logged("goes to").len(), 1);
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_traps_is_found_among_many_and_the_others_are_done_once_each_in_order() {
    let (broker, topic) = (Broker::shared(), unique("bisect"));
    broker.create_topic(&topic, 1).await;
    let probe = refusing("37", |_| Verdict::Panic).await;
    broker.producer().send_numbers(&topic, 0, 0, 100).await;
    let trigger = "retry = { attempts = 2, first = \"10ms\", max = \"20ms\" }\nbatch = { records = 100, wait = \"2s\" }";
    let mut plugin = application(broker, &probe, &topic, trigger).start();
    broker.until_committed(&topic, &topic, 0, 100).await;
    let letters = broker.records(&format!("{topic}.dead-letter")).await;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.text(), "37");
    assert_eq!(letter.header("dead-letter-kind"), "trap");
    assert_eq!(letter.header("dead-letter-attempts"), "2");
    assert!(letter.header("dead-letter-reason").contains("unreachable"), "{letter:?}");
    let calls = probe.calls();
    let done: Vec<&str> = calls
        .iter()
        .filter(|call| call.records.iter().all(|record| record.text() != "37"))
        .flat_map(|call| &call.records)
        .map(Record::text)
        .collect();
    let others: Vec<String> = numbers(0..100).into_iter().filter(|text| text != "37").collect();
    assert_eq!(done, others);
    // 100, 50, 25, 13, 7, … records, twice alone, and the halves that were well.
    assert!(calls.len() <= 17, "{} calls", calls.len());
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_can_not_be_dead_lettered_is_held_and_said_until_it_can() {
    if apache::jars().is_none() {
        eprintln!("skipped: the embedded broker takes records of any size");
        return;
    }
    let (broker, topic) = (Broker::shared(), unique("unwritten"));
    let letters = format!("{topic}.dead-letter");
    broker.create_topic(&topic, 1).await;
    broker.create_topic(&letters, 1).await;
    broker.configure(&letters, "max.message.bytes", "1000").await;
    let probe = Probe::deciding(|records| {
        let large = records.iter().position(|record| record.text().len() > 1);
        let reject = |index| Verdict::Fail { index, reason: "reject" };
        async move { large.map_or(Verdict::Done, reject) }.boxed()
    })
    .await;
    let producer = broker.producer();
    for text in ["1", &"large".repeat(1000), "2"] {
        producer.send(&topic, 0, text).await;
    }
    let trigger = "retry = { first = \"50ms\", max = \"50ms\" }";
    let mut plugin = application(broker, &probe, &topic, trigger).start();
    plugin.until_logged("can't be dead-lettered").await;
    plugin.until_logged("raise its max.message.bytes").await;
    broker.until_committed(&topic, &topic, 0, 1).await;
    assert_eq!(broker.records(&letters).await.len(), 0);
    assert_eq!(probe.calls().len(), 1, "the handler is not asked again");

    broker.configure(&letters, "max.message.bytes", "100000").await;
    broker.until_committed(&topic, &topic, 0, 3).await;
    assert_eq!(broker.records(&letters).await.len(), 1);
    plugin.stop().await;
}
