//! A broker or a topic that is not there yet, and a network that fails.

use futures::FutureExt;

use crate::apache::free_port;
use crate::broker::Broker;
use crate::plugin::{Application, Setup};
use crate::probe::{Gate, Probe, Verdict};
use crate::proxy::Proxy;
use crate::{numbers, unique};

fn application(address: &str, probe: &Probe, topic: &str) -> Application {
    Application::new(&Setup {
        brokers: address,
        probe: &probe.url,
        group: topic,
        topic,
        trigger: "",
        properties: "\"reconnect.backoff.max.ms\" = 300",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_and_a_topic_that_are_not_there_yet_are_waited_for_and_told_of_once() {
    let (port, topic) = (free_port(), unique("absent"));
    let probe = Probe::done().await;
    let app = application(&format!("127.0.0.1:{port}"), &probe, &topic);
    let mut plugin = app.start();
    plugin.until_logged("Kafka is away").await;

    let broker =
        tokio::task::spawn_blocking(move || Broker::start(port, port)).await.expect("a broker");
    plugin.until_logged("Kafka is back").await;
    plugin.until_logged("waiting for a topic that does not exist").await;

    broker.create_topic(&topic, 1).await;
    broker.producer().send_numbers(&topic, 0, 0, 10).await;
    probe.until_records(10).await;
    assert_eq!(probe.texts(0), numbers(0..10));
    broker.until_committed(&topic, &topic, 0, 10).await;
    assert_eq!(plugin.logged("Kafka is away").len(), 1);
    assert_eq!(plugin.logged("waiting for a topic").len(), 1);
    assert!(
        plugin.logged(&topic).iter().any(|line| line.contains("waiting for a topic")),
        "the topic is named"
    );
    plugin.stop().await;
    drop_outside(broker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_while_the_network_is_cut_is_committed_when_it_is_back() {
    let (port, advertised, topic) = (free_port(), free_port(), unique("cut"));
    let broker = tokio::task::spawn_blocking(move || Broker::start(port, advertised))
        .await
        .expect("a broker");
    let mut network = Proxy::cut_off(advertised, port);
    network.mend().await;
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
    broker.producer().send_numbers(&topic, 0, 0, 10).await;
    let mut plugin = application(&broker.address, &probe, &topic).start();
    probe.until_records(10).await;

    network.cut().await;
    plugin.until_logged("Kafka is away").await;
    gate.open();
    probe.until("the batch to end", |calls| calls[0].answered).await;
    // A commit that librdkafka can't send it refuses, or keeps until it gives the partitions up: by which of its threads
    // hears first that the coordinator is gone. Given up, the batch comes again.
    plugin.until_any_logged(&["a commit failed", "partitions lost"]).await;
    network.mend().await;
    plugin.until_logged("Kafka is back").await;
    broker.until_committed(&topic, &topic, 0, 10).await;

    broker.producer().send_numbers(&topic, 0, 10, 10).await;
    broker.until_committed(&topic, &topic, 0, 20).await;
    plugin.stop().await;
    drop_outside(broker).await;
}

/// A broker has a runtime of its own, which may not end within another.
async fn drop_outside(broker: Broker) {
    tokio::task::spawn_blocking(|| drop(broker)).await.expect("no panic");
}
