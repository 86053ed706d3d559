//! What a trigger shows of itself: metrics, probes, traces.

use futures::FutureExt;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::apache::free_port;
use crate::broker::Broker;
use crate::plugin::{Application, Setup};
use crate::probe::{Gate, Probe, Verdict};
use crate::unique;

fn application(address: &str, probe: &Probe, topic: &str) -> Application {
    Application::new(&Setup {
        brokers: address,
        probe: &probe.url,
        group: topic,
        topic,
        trigger: "retry = { attempts = 2, first = \"10ms\", max = \"20ms\" }\nbatch = { records = 1 }",
        properties: "\"reconnect.backoff.max.ms\" = 300",
    })
}

/// Status line and body of an answer.
async fn get(address: &str, path: &str) -> (String, String) {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}

/// Asks until an answer contains a text.
async fn until(address: &str, path: &str, expected: &str) -> (String, String) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let answer = get(address, path).await;
        if answer.1.contains(expected) {
            return answer;
        }
        assert!(std::time::Instant::now() < deadline, "{path} never has {expected}: {answer:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_of_records_retries_dead_letters_and_lag() {
    let (broker, topic) = (Broker::shared(), unique("metrics"));
    broker.create_topic(&topic, 1).await;
    let gate = Gate::closed();
    let held = gate.clone();
    let probe = Probe::deciding(move |records| {
        let (held, text) = (held.clone(), records[0].text().to_owned());
        async move {
            match text.as_str() {
                "1" => Verdict::Fail { index: 0, reason: "retry" },
                "3" => {
                    held.passed().await;
                    Verdict::Done
                }
                _ => Verdict::Done,
            }
        }
        .boxed()
    })
    .await;
    let listen = format!("127.0.0.1:{}", free_port());
    broker.producer().send_numbers(&topic, 0, 0, 10).await;
    let app = application(&broker.address, &probe, &topic);
    let mut plugin = app.start_with(&[("SPIN_KAFKA_METRICS_LISTEN", &listen)]);
    probe.until("the record that is held", |calls| calls.len() == 5).await;
    let labels = format!(r#"group="{topic}",component="probe",topic="{topic}",partition="0""#);
    let (status, metrics) =
        until(&listen, "/metrics", &format!("spin_kafka_lag_records{{{labels}}} 7")).await;
    assert!(status.contains("200"), "{status}");
    for expected in [
        format!("spin_kafka_records_total{{{labels}}} 3"),
        format!("spin_kafka_retries_total{{{labels}}} 1"),
        format!("spin_kafka_dead_letters_total{{{labels},kind=\"retry\"}} 1"),
        format!(
            "spin_kafka_batches_total{{group=\"{topic}\",component=\"probe\",outcome=\"done\"}} 2"
        ),
        format!(
            "spin_kafka_batches_total{{group=\"{topic}\",component=\"probe\",outcome=\"retry\"}} 2"
        ),
        format!("spin_kafka_handler_seconds_count{{group=\"{topic}\",component=\"probe\"}} 4"),
        "# TYPE spin_kafka_handler_seconds histogram".to_owned(),
    ] {
        assert!(metrics.contains(&expected), "{expected} is not in {metrics}");
    }
    // It stands still: the age of its last commit grows.
    until(&listen, "/metrics", &format!("spin_kafka_commit_age_seconds{{{labels}}} 2")).await;
    gate.open();
    until(&listen, "/metrics", &format!("spin_kafka_lag_records{{{labels}}} 0")).await;
    until(&listen, "/metrics", &format!("spin_kafka_commit_age_seconds{{{labels}}} 0")).await;
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_is_alive_at_once_and_ready_when_its_group_is_joined() {
    let (port, topic) = (free_port(), unique("ready"));
    let probe = Probe::done().await;
    let listen = format!("127.0.0.1:{}", free_port());
    let app = application(&format!("127.0.0.1:{port}"), &probe, &topic);
    let mut plugin = app.start_with(&[("SPIN_KAFKA_METRICS_LISTEN", &listen)]);
    plugin.until_logged("Kafka is away").await;
    let (status, body) = until(&listen, "/readyz", "Kafka is away").await;
    assert!(status.contains("503") && body.contains(&topic), "{status} {body}");
    assert!(get(&listen, "/livez").await.0.contains("200"));
    assert!(get(&listen, "/").await.0.contains("404"));

    let broker =
        tokio::task::spawn_blocking(move || Broker::start(port, port)).await.expect("a broker");
    broker.create_topic(&topic, 1).await;
    let (status, _) = until(&listen, "/readyz", "consuming").await;
    assert!(status.contains("200"), "{status}");
    plugin.stop().await;
    tokio::task::spawn_blocking(|| drop(broker)).await.expect("no panic");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handlers_requests_carry_the_trace_of_its_record() {
    let (broker, topic) = (Broker::shared(), unique("trace"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::done().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let producer = broker.producer();
    producer.send_raw(&topic, None, Some(b"1"), &[("traceparent", Some(trace.as_bytes()))]).await;
    producer.send_raw(&topic, None, Some(b"2"), &[("traceparent", Some(b"nonsense"))]).await;
    let mut plugin = application(&broker.address, &probe, &topic).start();
    probe.until_records(2).await;
    let calls = probe.calls();
    assert_eq!(calls[0].traceparent.as_deref(), Some(trace));
    assert_eq!(calls[1].traceparent, None);
    plugin.stop().await;
}
