//! A broker that asks who the trigger is, and lets it do no more than was granted. With Apache Kafka alone.

use crate::plugin::{Application, Plugin, Setup};
use crate::probe::Probe;
use crate::secure::{ANN, BOB, Secure};
use crate::{numbers, unique};

/// A trigger that logs in as a user, with its password in a secret variable.
fn application(secure: &Secure, probe: &Probe, topic: &str, user: &str, more: &str) -> Application {
    Application::new(&Setup {
        brokers: &secure.address,
        probe: &probe.url,
        group: topic,
        topic,
        trigger: "",
        properties: &format!(
            r#"
"security.protocol" = "SASL_SSL"
"sasl.mechanism" = "SCRAM-SHA-256"
"sasl.username" = "{user}"
"sasl.password" = "{{{{ kafka_password }}}}"
"ssl.ca.location" = "{ca}"
"reconnect.backoff.max.ms" = 300
"topic.metadata.refresh.interval.ms" = 200
{more}
"#,
            ca = secure.ca.display()
        ),
    })
}

fn start(app: &Application, password: &str) -> Plugin {
    app.start_with(&[("SPIN_VARIABLE_KAFKA_PASSWORD", password)])
}

#[tokio::test(flavor = "multi_thread")]
async fn records_come_over_tls_with_a_password_that_no_log_line_shows() {
    let Some(secure) = Secure::shared() else { return };
    let (broker, topic) = (&secure.broker, unique("tls"));
    broker.create_topic(&topic, 1).await;
    broker.producer().send_numbers(&topic, 0, 0, 10).await;
    secure.grant(ANN.0, "Read", "--topic", &topic);
    secure.grant(ANN.0, "Read", "--group", &topic);
    let probe = Probe::done().await;
    let app = application(secure, &probe, &topic, ANN.0, "debug = \"all\"");
    let mut plugin = app.start_with(&[
        ("SPIN_VARIABLE_KAFKA_PASSWORD", ANN.1),
        ("RUST_LOG", "debug,cranelift_codegen=info,rdkafka=trace"),
    ]);
    broker.until_committed(&topic, &topic, 0, 10).await;
    assert_eq!(probe.texts(0), numbers(0..10));
    plugin.stop().await;
    for shown in ["sasl.password", "sasl_ssl://", "SCRAM-SHA-256"] {
        assert!(!plugin.logged(shown).is_empty(), "{shown} is what debug is for");
    }
    assert_eq!(plugin.logged(ANN.1), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_ends_it_with_one_sentence() {
    let Some(secure) = Secure::shared() else { return };
    let topic = unique("wrong");
    let probe = Probe::done().await;
    let mut plugin = start(&application(secure, &probe, &topic, ANN.0, ""), "a-guess");
    plugin.until_logged("trigger-kafka: group").await;
    assert!(!plugin.ended().await.success());
    let said = plugin.logged("trigger-kafka: group");
    let expected =
        format!("trigger-kafka: group {topic} can't go on: Kafka refuses the credentials: ");
    assert!(said.len() == 1 && said[0].starts_with(&expected), "{said:?}");
    assert_eq!(plugin.logged("a-guess"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_changes_under_a_member_is_waited_for_and_told_of_once() {
    let Some(secure) = Secure::shared() else { return };
    let (broker, topic) = (&secure.broker, unique("rotated"));
    broker.create_topic(&topic, 1).await;
    secure.grant(BOB.0, "Read", "--topic", &topic);
    secure.grant(BOB.0, "Read", "--group", &topic);
    let probe = Probe::done().await;
    let mut plugin = start(&application(secure, &probe, &topic, BOB.0, ""), BOB.1);
    broker.producer().send_numbers(&topic, 0, 0, 10).await;
    broker.until_committed(&topic, &topic, 0, 10).await;

    secure.set_password(BOB.0, "another");
    plugin.until_logged("Kafka refuses the credentials, waiting").await;
    broker.producer().send_numbers(&topic, 0, 10, 10).await;
    secure.set_password(BOB.0, BOB.1);
    broker.until_committed(&topic, &topic, 0, 20).await;
    assert_eq!(probe.texts(0), numbers(0..20));
    assert_eq!(plugin.logged("Kafka refuses the credentials").len(), 1);
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_may_not_be_read_is_told_of_and_waited_for() {
    let Some(secure) = Secure::shared() else { return };
    let (broker, topic) = (&secure.broker, unique("unread"));
    broker.create_topic(&topic, 1).await;
    broker.producer().send_numbers(&topic, 0, 0, 10).await;
    secure.grant(ANN.0, "Read", "--group", &topic);
    let probe = Probe::done().await;
    let mut plugin = start(&application(secure, &probe, &topic, ANN.0, ""), ANN.1);
    let told = format!("waiting for the right to read: grant Read on {topic}: ");
    plugin.until_logged(&told).await;

    // Now it is assigned, and no record may be fetched.
    secure.grant(ANN.0, "Describe", "--topic", &topic);
    plugin.until_logged(&format!("{told}Fetch")).await;
    assert_eq!(plugin.logged(&told).len(), 2, "once each");

    secure.grant(ANN.0, "Read", "--topic", &topic);
    broker.until_committed(&topic, &topic, 0, 10).await;
    assert_eq!(probe.texts(0), numbers(0..10));
    assert_eq!(plugin.logged(&told).len(), 2, "once each");
    plugin.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_may_not_be_joined_is_told_of_once_and_waited_for() {
    let Some(secure) = Secure::shared() else { return };
    let (broker, topic) = (&secure.broker, unique("unjoined"));
    broker.create_topic(&topic, 1).await;
    broker.producer().send_numbers(&topic, 0, 0, 10).await;
    secure.grant(ANN.0, "Read", "--topic", &topic);
    let probe = Probe::done().await;
    let mut plugin = start(&application(secure, &probe, &topic, ANN.0, ""), ANN.1);
    let told = format!("waiting for the right to be in the group: grant Read on group {topic}: ");
    plugin.until_logged(&told).await;

    // Now it finds who coordinates the group, and may not join it.
    secure.grant(ANN.0, "Describe", "--group", &topic);
    secure.grant(ANN.0, "Read", "--group", &topic);
    broker.until_committed(&topic, &topic, 0, 10).await;
    assert_eq!(probe.texts(0), numbers(0..10));
    assert_eq!(plugin.logged(&told).len(), 1);
    plugin.stop().await;
}
