//! What happens to a batch that fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;

use crate::broker::Broker;
use crate::plugin::{Application, Setup};
use crate::probe::{Probe, Verdict};
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
async fn what_is_away_is_waited_for_as_long_as_it_takes_and_other_partitions_go_on() {
    let (broker, topic) = (Broker::shared(), unique("away"));
    broker.create_topic(&topic, 2).await;
    let failures = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&failures);
    let probe = Probe::deciding(move |records| {
        let bad = records.iter().position(|record| record.text() == "bad");
        let failures = if bad.is_some() { counted.fetch_add(1, Ordering::SeqCst) } else { 0 };
        async move {
            match bad {
                Some(index) if failures < 5 => Verdict::Fail { index, reason: "unavailable" },
                _ => Verdict::Done,
            }
        }
        .boxed()
    })
    .await;
    let producer = broker.producer();
    let trigger = r#"retry = { attempts = 2, first = "100ms", max = "400ms" }"#;
    let mut plugin = application(broker, &probe, &topic, trigger).start();
    producer.send(&topic, 0, "bad").await;
    probe.until("the first attempt", |calls| !calls.is_empty()).await;
    producer.send(&topic, 0, "after").await;
    producer.send_numbers(&topic, 1, 0, 100).await;
    broker.until_committed(&topic, &topic, 1, 100).await;
    broker.until_committed(&topic, &topic, 0, 2).await;

    let calls: Vec<_> = probe.calls().into_iter().filter(|call| call.partition() == 0).collect();
    let attempts: Vec<(i64, u32)> =
        calls.iter().map(|call| (call.offsets()[0], call.attempt())).collect();
    assert_eq!(attempts, [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6), (1, 1)]);
    for (pair, longest) in calls.windows(2).zip([100, 200, 400, 400, 400]) {
        let waited = pair[1].at - pair[0].at;
        assert!(waited >= Duration::from_millis(longest / 2), "{waited:?} of {longest} ms");
    }
    let warnings = plugin.logged("batch failed");
    assert_eq!(warnings.len(), 5, "{warnings:?}");
    for warning in &warnings {
        assert!(warning.contains("unavailable: the server"), "{warning}");
        assert!(warning.contains(&topic), "{warning}");
    }
    assert_eq!(broker.records(&format!("{topic}.dead-letter")).await.len(), 0);
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_whose_partitions_all_wait_stays_in_its_group_beyond_the_poll_interval() {
    let (broker, topic) = (Broker::shared(), unique("poll"));
    broker.create_topic(&topic, 1).await;
    let (begin, interval) = (std::time::Instant::now(), Duration::from_secs(5));
    let probe = Probe::deciding(move |_| {
        let away = begin.elapsed() < interval * 2;
        async move {
            if away { Verdict::Fail { index: 0, reason: "unavailable" } } else { Verdict::Done }
        }
        .boxed()
    })
    .await;
    broker.producer().send_numbers(&topic, 0, 0, 5).await;
    let app = Application::new(&Setup {
        brokers: &broker.address,
        probe: &probe.url,
        group: &topic,
        topic: &topic,
        trigger: "timeout = \"2s\"\nretry = { first = \"100ms\", max = \"500ms\" }",
        properties: "\"max.poll.interval.ms\" = 5000",
    });
    let mut plugin = app.start();
    broker.until_committed(&topic, &topic, 0, 5).await;
    assert_eq!(plugin.logged("partitions assigned").len(), 1);
    assert!(plugin.logged("partitions lost").is_empty());
    assert!(plugin.logged("partitions revoked").is_empty());
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_does_not_end_is_cut_short_and_its_batch_cut_in_two() {
    let (broker, topic) = (Broker::shared(), unique("timeout"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::deciding(|records| {
        async move {
            if records[0].attempt == 1 {
                std::future::pending::<()>().await;
            }
            Verdict::Done
        }
        .boxed()
    })
    .await;
    broker.producer().send_numbers(&topic, 0, 0, 3).await;
    let mut plugin = application(
        broker,
        &probe,
        &topic,
        "timeout = \"500ms\"\nbatch = { wait = \"1s\", records = 3 }",
    )
    .start();
    broker.until_committed(&topic, &topic, 0, 3).await;
    let calls = probe.calls();
    let delivered: Vec<_> = calls.iter().map(|call| (call.offsets(), call.attempt())).collect();
    assert_eq!(delivered, [(vec![0, 1, 2], 1), (vec![0, 1], 2), (vec![2], 2)]);
    assert!(calls[1].at - calls[0].at >= Duration::from_millis(400));
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_a_wait_at_once_and_commits_nothing_of_its_batch() {
    let (broker, topic) = (Broker::shared(), unique("wait"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::deciding(|records| {
        let verdict = match records[0].text() {
            "0" => Verdict::Done,
            _ => Verdict::Fail { index: 0, reason: "unavailable" },
        };
        async { verdict }.boxed()
    })
    .await;
    let producer = broker.producer();
    let trigger = "batch = { records = 1 }\nretry = { first = \"1h\", max = \"1h\" }";
    let mut plugin = application(broker, &probe, &topic, trigger).start();
    producer.send_numbers(&topic, 0, 0, 2).await;
    plugin.until_logged("batch failed").await;
    let begin = std::time::Instant::now();
    plugin.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert_eq!(probe.texts(0), numbers(0..2));
    assert_eq!(broker.committed(&topic, &topic, 0).await, Some(1));
}
