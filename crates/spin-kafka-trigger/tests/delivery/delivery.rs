//! What is delivered, in which order, in which batches, and when it is committed.

use futures::FutureExt;
use rustix::process::Signal;

use crate::broker::Broker;
use crate::plugin::{Application, Setup};
use crate::probe::{Gate, Probe, Verdict};
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

#[tokio::test(flavor = "multi_thread")]
async fn every_record_arrives_in_its_partitions_order_and_is_committed() {
    let (broker, topic) = (Broker::shared(), unique("order"));
    broker.create_topic(&topic, 3).await;
    let probe = Probe::done().await;
    let producer = broker.producer();
    for partition in 0..3 {
        producer.send_numbers(&topic, partition, 0, 400).await;
    }
    let app = application(broker, &probe, &topic, "batch = { records = 50 }");
    let mut plugin = app.start();
    probe.until_records(1200).await;
    for partition in 0..3 {
        assert_eq!(probe.texts(partition), numbers(0..400));
        broker.until_committed(&topic, &topic, partition, 400).await;
    }
    for call in probe.calls() {
        assert!(call.records.len() <= 50, "{} records in a batch", call.records.len());
        assert!(call.records.iter().all(|record| record.partition == call.partition()));
        assert!(call.records.iter().all(|record| record.attempt == 1));
    }
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_holds_no_more_bytes_than_it_may() {
    let (broker, topic) = (Broker::shared(), unique("bytes"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::done().await;
    let producer = broker.producer();
    for bytes in [400, 400, 400, 3000, 400, 624] {
        producer.send(&topic, 0, &"x".repeat(bytes)).await;
    }
    let mut plugin =
        application(broker, &probe, &topic, r#"batch = { bytes = "1KiB", wait = "300ms" }"#)
            .start();
    probe.until_records(6).await;
    let sizes: Vec<Vec<usize>> = probe
        .calls()
        .iter()
        .map(|call| call.records.iter().map(|record| record.text().len()).collect())
        .collect();
    assert_eq!(sizes, [vec![400, 400], vec![400], vec![3000], vec![400, 624]]);
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_absent_and_what_is_empty_arrive_as_they_were_sent() {
    let (broker, topic) = (Broker::shared(), unique("null"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::done().await;
    let producer = broker.producer();
    producer
        .send_raw(&topic, None, None, &[("absent", None), ("empty", Some(b"")), ("a", Some(b"1"))])
        .await;
    producer.send_raw(&topic, Some(b""), Some(b""), &[]).await;
    producer
        .send_raw(
            &topic,
            Some(b"\xff\x00"),
            Some(b"\x00\xfe"),
            &[("a", Some(b"\xff")), ("a", Some(b"2"))],
        )
        .await;
    let mut plugin = application(broker, &probe, &topic, "").start();
    probe.until_records(3).await;
    let records: Vec<_> = probe.calls().into_iter().flat_map(|call| call.records).collect();
    let header = |name: &str, value: Option<&[u8]>| (name.to_owned(), value.map(<[u8]>::to_vec));
    assert_eq!((&records[0].key, &records[0].value), (&None, &None));
    assert_eq!(
        records[0].headers,
        [header("absent", None), header("empty", Some(b"")), header("a", Some(b"1"))]
    );
    assert_eq!(records[0].timestamp, Some(1_700_000_000_123));
    assert_eq!((&records[1].key, &records[1].value), (&Some(vec![]), &Some(vec![])));
    assert_eq!(records[1].headers, []);
    assert_eq!((&records[2].key, &records[2].value), (&Some(vec![0xff, 0]), &Some(vec![0, 0xfe])));
    assert_eq!(records[2].headers, [header("a", Some(b"\xff")), header("a", Some(b"2"))]);
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_arrive_whichever_way_they_are_compressed() {
    let (broker, topic) = (Broker::shared(), unique("codecs"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::done().await;
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    for (number, codec) in codecs.iter().enumerate() {
        broker.compressing(codec).send_numbers(&topic, 0, number * 100, 100).await;
    }
    let mut plugin = application(broker, &probe, &topic, "").start();
    broker.until_committed(&topic, &topic, 0, 500).await;
    assert_eq!(probe.texts(0), numbers(0..500));
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_starts_at_the_latest_record_gets_only_what_comes_after() {
    let (broker, topic) = (Broker::shared(), unique("latest"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::done().await;
    let producer = broker.producer();
    producer.send_numbers(&topic, 0, 0, 10).await;
    let app = application(broker, &probe, &topic, "start = \"latest\"");
    let mut plugin = app.start();
    plugin.until_logged("partitions assigned").await;
    // The assignment precedes the position: more records come until the first is seen.
    let mut next = 10;
    while probe.calls().is_empty() {
        producer.send_numbers(&topic, 0, next, 1).await;
        next += 1;
    }
    producer.send(&topic, 0, "end").await;
    probe
        .until("the end", |calls| {
            calls.iter().flat_map(|call| &call.records).any(|record| record.text() == "end")
        })
        .await;
    let texts = probe.texts(0);
    let first: usize = texts[0].parse().expect("a number");
    assert!(first >= 10, "{first} was there before the group");
    assert_eq!(texts[..texts.len() - 1], numbers(first..next));
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_go_on_so_that_a_kill_repeats_only_what_was_done_last() {
    let (broker, topic) = (Broker::shared(), unique("commits"));
    broker.create_topic(&topic, 1).await;
    let gates: Vec<Gate> = (0..3).map(|_| Gate::closed()).collect();
    let held = gates.clone();
    let probe = Probe::deciding(move |records| {
        // Held at the offsets 50, 100 and 150.
        let place = usize::try_from(records[0].offset).expect("an offset");
        let gate = (place > 0 && place % 50 == 0).then(|| held.get(place / 50 - 1).cloned());
        async move {
            if let Some(gate) = gate.flatten() {
                gate.passed().await;
            }
            Verdict::Done
        }
        .boxed()
    })
    .await;
    broker.producer().send_numbers(&topic, 0, 0, 200).await;
    let app = application(broker, &probe, &topic, "batch = { records = 1 }");
    let mut plugin = app.start();
    for (gate, committed) in gates.iter().zip([50, 100]) {
        broker.until_committed(&topic, &topic, 0, committed).await;
        gate.open();
    }
    broker.until_committed(&topic, &topic, 0, 150).await;
    plugin.kill().await;
    gates[2].open();
    assert_eq!(probe.texts(0), numbers(0..151));

    let mut plugin = app.start();
    broker.until_committed(&topic, &topic, 0, 200).await;
    assert_eq!(probe.texts(0)[151..], numbers(150..200));
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_fails_at_the_latest_start_comes_again_to_the_next_member() {
    let (broker, topic) = (Broker::shared(), unique("latest-fails"));
    broker.create_topic(&topic, 1).await;
    let probe =
        Probe::deciding(|_| async { Verdict::Fail { index: 0, reason: "unavailable" } }.boxed())
            .await;
    let producer = broker.producer();
    let trigger = "start = \"latest\"\nretry = { first = \"1h\", max = \"1h\" }";
    let app = application(broker, &probe, &topic, trigger);
    let mut plugin = app.start();
    plugin.until_logged("partitions assigned").await;
    // The assignment precedes the position: more records come until the first is seen.
    let mut next = 0;
    while probe.calls().is_empty() {
        producer.send_numbers(&topic, 0, next, 1).await;
        next += 1;
    }
    plugin.stop().await;
    producer.send_numbers(&topic, 0, next, 1).await;

    let mut plugin = app.start();
    probe.until("an attempt by the second member", |calls| calls.len() == 2).await;
    let calls = probe.calls();
    assert_eq!(calls[1].offsets()[0], calls[0].offsets()[0]);
    assert_eq!(calls[1].attempt(), 1);
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_process_is_killed_is_not_committed_and_comes_again() {
    let (broker, topic) = (Broker::shared(), unique("kill"));
    broker.create_topic(&topic, 1).await;
    let gate = Gate::closed();
    let held = gate.clone();
    let probe = Probe::deciding(move |records| {
        let held = held.clone();
        async move {
            // The first five are done at once, so something is committed.
            if records[0].offset >= 5 {
                held.passed().await;
            }
            Verdict::Done
        }
        .boxed()
    })
    .await;
    let producer = broker.producer();
    producer.send_numbers(&topic, 0, 0, 5).await;
    let app = application(broker, &probe, &topic, "");
    let mut plugin = app.start();
    broker.until_committed(&topic, &topic, 0, 5).await;
    producer.send_numbers(&topic, 0, 5, 5).await;
    probe.until("a batch that is held", |calls| calls.iter().any(|call| !call.answered)).await;
    plugin.kill().await;
    assert_eq!(broker.committed(&topic, &topic, 0).await, Some(5));

    let before = probe.calls().len();
    let mut plugin = app.start();
    gate.open();
    probe.until("a batch of the second process", |calls| calls.len() > before).await;
    let again = &probe.calls()[before];
    assert_eq!(again.offsets()[0], 5);
    assert_eq!(again.attempt(), 1);
    broker.until_committed(&topic, &topic, 0, 10).await;
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_whose_handler_is_slow_holds_up_no_other() {
    let (broker, topic) = (Broker::shared(), unique("parallel"));
    broker.create_topic(&topic, 3).await;
    let gate = Gate::closed();
    let held = gate.clone();
    let probe = Probe::deciding(move |records| {
        let held = held.clone();
        async move {
            if records[0].partition == 0 {
                held.passed().await;
            }
            Verdict::Done
        }
        .boxed()
    })
    .await;
    let producer = broker.producer();
    let mut plugin = application(broker, &probe, &topic, "").start();
    producer.send_numbers(&topic, 0, 0, 1).await;
    probe.until("the slow batch", |calls| !calls.is_empty()).await;
    for partition in [1, 2] {
        producer.send_numbers(&topic, partition, 0, 300).await;
        broker.until_committed(&topic, &topic, partition, 300).await;
    }
    assert_eq!(broker.committed(&topic, &topic, 0).await, None);
    producer.send_numbers(&topic, 0, 1, 20).await;
    gate.open();
    broker.until_committed(&topic, &topic, 0, 21).await;
    assert_eq!(probe.texts(0), numbers(0..21), "one batch of a partition at a time");
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_the_batch_that_runs_end_and_begins_no_other() {
    let (broker, topic) = (Broker::shared(), unique("drain"));
    broker.create_topic(&topic, 1).await;
    let gate = Gate::closed();
    let held = gate.clone();
    let probe = Probe::deciding(move |_| {
        let held = held.clone();
        async move {
            held.passed().await;
            Verdict::Done
        }
        .boxed()
    })
    .await;
    let producer = broker.producer();
    producer.send_numbers(&topic, 0, 0, 5).await;
    let app = application(broker, &probe, &topic, "batch = { records = 5 }");
    let mut plugin = app.start();
    probe.until("the batch", |calls| !calls.is_empty()).await;
    producer.send_numbers(&topic, 0, 5, 5).await;
    plugin.signal(Signal::TERM);
    plugin.until_logged("leaving the group").await;
    assert!(plugin.is_running());
    gate.open();
    assert!(plugin.ended().await.success());
    assert_eq!(probe.calls().len(), 1);
    assert_eq!(broker.committed(&topic, &topic, 0).await, Some(5));

    // It has left the group: its successor need not wait until its session ends.
    let begin = std::time::Instant::now();
    let mut plugin = app.start();
    probe.until("the next batch", |calls| calls.len() == 2).await;
    assert!(begin.elapsed().as_millis() < 2500, "{:?}, with a session of 3 s", begin.elapsed());
    assert_eq!(probe.texts(0), numbers(0..10));
    plugin.stop().await;
}
