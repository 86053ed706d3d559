//! Members of a group come, go and fall silent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use rustix::process::Signal;

use crate::broker::Broker;
use crate::plugin::{Application, Setup};
use crate::probe::{Gate, Probe, Verdict};
use crate::{numbers, unique};

const PARTITIONS: i32 = 4;

fn application(
    broker: &Broker,
    probe: &Probe,
    topic: &str,
    trigger: &str,
    properties: &str,
) -> Application {
    Application::new(&Setup {
        brokers: &broker.address,
        probe: &probe.url,
        group: topic,
        topic,
        trigger,
        properties,
    })
}

/// Members join and leave under load: every record arrives, in order, and once, since each change is an orderly one.
async fn members_come_and_go(assignor: &str) {
    let (broker, topic) = (Broker::shared(), unique(assignor));
    broker.create_topic(&topic, PARTITIONS).await;
    let probe = Probe::deciding(|_| {
        async {
            // Slow enough that every rebalance finds handlers at work.
            tokio::time::sleep(Duration::from_millis(5)).await;
            Verdict::Done
        }
        .boxed()
    })
    .await;
    let stop = Arc::new(AtomicBool::new(false));
    let load = tokio::spawn({
        let (topic, stop) = (topic.clone(), Arc::clone(&stop));
        async move {
            let producer = Broker::shared().producer();
            let mut next = 0;
            while !stop.load(Ordering::SeqCst) {
                for partition in 0..PARTITIONS {
                    producer.send_numbers(&topic, partition, next, 5).await;
                }
                next += 5;
            }
            next
        }
    });
    let properties = format!("\"partition.assignment.strategy\" = \"{assignor}\"");
    let app = application(broker, &probe, &topic, "batch = { records = 10 }", &properties);
    let mut first = app.start();
    probe.until_records(100).await;
    let mut second = app.start();
    second.until_logged("partitions assigned").await;
    let delivered = probe.calls().len();
    probe.until("more batches", |calls| calls.len() > delivered + 50).await;
    let mut third = app.start();
    third.until_logged("partitions assigned").await;
    first.stop().await;
    let delivered = probe.calls().len();
    probe.until("more batches", |calls| calls.len() > delivered + 50).await;
    third.stop().await;
    stop.store(true, Ordering::SeqCst);
    let sent = load.await.expect("no panic");
    for partition in 0..PARTITIONS {
        broker.until_committed(&topic, &topic, partition, i64::try_from(sent).expect("few")).await;
    }
    for partition in 0..PARTITIONS {
        assert_eq!(probe.texts(partition), numbers(0..sent), "partition {partition}");
    }
    second.stop().await;
    let revoked =
        first.logged("partitions revoked").len() + second.logged("partitions revoked").len();
    assert!(revoked > 0, "no rebalance took a partition away");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_and_nothing_is_lost_or_repeated_with_range() {
    members_come_and_go("range").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_and_nothing_is_lost_or_repeated_with_cooperative_sticky() {
    members_come_and_go("cooperative-sticky").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebalance_takes_a_partition_from_a_batch_that_waits_for_its_next_attempt() {
    let (broker, topic) = (Broker::shared(), unique("waiting"));
    broker.create_topic(&topic, 2).await;
    let probe =
        Probe::deciding(|_| async { Verdict::Fail { index: 0, reason: "unavailable" } }.boxed())
            .await;
    let producer = broker.producer();
    for partition in 0..2 {
        producer.send_numbers(&topic, partition, 0, 1).await;
    }
    let trigger = "retry = { first = \"1h\", max = \"1h\" }";
    let app = application(broker, &probe, &topic, trigger, "");
    let mut first = app.start();
    probe.until("both partitions", |calls| calls.len() == 2).await;
    let mut second = app.start();
    // Not after an hour: the wait is given up with the partition.
    probe.until("an attempt by the second member", |calls| calls.len() == 3).await;
    assert_eq!(probe.calls()[2].attempt(), 1);
    for partition in 0..2 {
        assert_eq!(broker.committed(&topic, &topic, partition).await, None);
    }
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_member_that_comes_back_in_time_finds_its_partitions_and_disturbs_nobody() {
    let (broker, topic) = (Broker::shared(), unique("static"));
    broker.create_topic(&topic, PARTITIONS).await;
    let probe = Probe::done().await;
    let member = |name: &str| {
        let properties =
            format!("\"group.instance.id\" = \"{name}\"\n\"session.timeout.ms\" = 20000");
        application(broker, &probe, &topic, "", &properties)
    };
    let (first, second) = (member("first"), member("second"));
    let mut one = first.start();
    one.until_logged("partitions assigned").await;
    let mut two = second.start();
    two.until_logged("partitions assigned").await;
    let assignments = one.logged("partitions assigned").len();
    two.stop().await;
    let mut two = second.start();
    two.until_logged("partitions assigned").await;
    let producer = broker.producer();
    for partition in 0..PARTITIONS {
        producer.send_numbers(&topic, partition, 0, 10).await;
        broker.until_committed(&topic, &topic, partition, 10).await;
        assert_eq!(probe.texts(partition), numbers(0..10));
    }
    assert_eq!(one.logged("partitions assigned").len(), assignments, "nobody was disturbed");

    // The same name once more: the older one is told that it is not a member any more, and ends.
    let mut twin = second.start();
    assert!(!two.ended().await.success());
    assert!(!two.logged("fenced").is_empty(), "it says why");
    one.stop().await;
    twin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_fell_silent_commits_nothing_of_what_it_lost() {
    let (broker, topic) = (Broker::shared(), unique("zombie"));
    broker.create_topic(&topic, 1).await;
    let gate = Gate::closed();
    let held = gate.clone();
    let first_call = Arc::new(AtomicBool::new(true));
    let probe = Probe::deciding(move |_| {
        let held = first_call.swap(false, Ordering::SeqCst).then(|| held.clone());
        async move {
            if let Some(held) = held {
                held.passed().await;
            }
            Verdict::Done
        }
        .boxed()
    })
    .await;
    let producer = broker.producer();
    producer.send_numbers(&topic, 0, 0, 5).await;
    let app = application(broker, &probe, &topic, "", "");
    let mut silent = app.start();
    probe.until("the held batch", |calls| calls.len() == 1).await;
    silent.signal(Signal::STOP);

    let mut successor = app.start();
    successor.until_logged("partitions assigned").await;
    producer.send_numbers(&topic, 0, 5, 5).await;
    broker.until_committed(&topic, &topic, 0, 10).await;
    // The batch ends well, but for a member that has lost it.
    silent.signal(Signal::CONT);
    gate.open();
    silent.until_logged("partitions lost").await;
    assert_eq!(broker.committed(&topic, &topic, 0).await, Some(10));
    silent.stop().await;
    assert_eq!(broker.committed(&topic, &topic, 0).await, Some(10));
    let mut seen = BTreeMap::new();
    for text in probe.texts(0) {
        *seen.entry(text).or_insert(0) += 1;
    }
    assert!(numbers(0..5).iter().all(|text| seen[text] == 2), "{seen:?}");
    assert!(numbers(5..10).iter().all(|text| seen[text] == 1), "{seen:?}");
    successor.stop().await;
}
