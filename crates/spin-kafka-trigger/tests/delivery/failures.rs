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
async fn a_batch_that_fails_is_tried_again_with_back_off_and_never_skipped_while_others_go_on() {
    let (broker, topic) = (Broker::shared(), unique("retry"));
    broker.create_topic(&topic, 2).await;
    let failures = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&failures);
    let probe = Probe::deciding(move |records| {
        let bad = records.iter().position(|record| record.text() == "bad");
        let failures = if bad.is_some() { counted.fetch_add(1, Ordering::SeqCst) } else { 0 };
        async move {
            let Some(index) = bad else { return Verdict::Done };
            match failures {
                0 => Verdict::Fail { index, reason: "retry" },
                1 => Verdict::Fail { index, reason: "unavailable" },
                2 => Verdict::Fail { index, reason: "reject" },
                3 => Verdict::Panic,
                4 => Verdict::Fail { index: 99, reason: "retry" },
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
    for (warning, reason) in
        warnings.iter().zip(["retry: the server", "unavailable: ", "reject: ", "trapped", "retry"])
    {
        assert!(warning.contains(reason), "{warning}");
        assert!(warning.contains(&topic), "{warning}");
    }
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_does_not_end_is_cut_short_and_its_batch_tried_again() {
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
    let mut plugin = application(broker, &probe, &topic, "timeout = \"500ms\"").start();
    broker.until_committed(&topic, &topic, 0, 3).await;
    let calls = probe.calls();
    assert_eq!(calls.iter().map(crate::probe::Call::attempt).collect::<Vec<_>>(), [1, 2]);
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
