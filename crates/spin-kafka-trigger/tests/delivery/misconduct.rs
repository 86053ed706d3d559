//! Handlers that do what they must not: each is contained, and its partition goes on.

#[path = "../../../spin-host/tests/host/support/postgres.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the host's tests")]
mod postgres;

use futures::FutureExt;

use crate::broker::Broker;
use crate::plugin::{Application, Setup};
use crate::probe::{Probe, Verdict};
use crate::unique;

/// Gives the records 0 to 4, of which 2 makes the handler misbehave. The reason that is told of it.
async fn misbehaving(kind: &'static str, trigger: &str) -> (String, String) {
    let (broker, topic) = (Broker::shared(), unique("misconduct"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::deciding(move |records| {
        let bad = records.iter().any(|record| record.text() == "2");
        async move { if bad { Verdict::Misconduct(kind) } else { Verdict::Done } }.boxed()
    })
    .await;
    broker.producer().send_numbers(&topic, 0, 0, 5).await;
    let app = Application::new(&Setup {
        brokers: &broker.address,
        probe: &probe.url,
        group: &topic,
        topic: &topic,
        trigger: &format!(
            "retry = {{ attempts = 2, first = \"10ms\", max = \"20ms\" }}\nbatch = {{ records = 1 }}\n{trigger}"
        ),
        properties: "",
    });
    let mut plugin = app.start();
    broker.until_committed(&topic, &topic, 0, 5).await;
    plugin.stop().await;
    let letters = broker.records(&format!("{topic}.dead-letter")).await;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.text(), "2");
    (letter.header("dead-letter-kind").to_owned(), letter.header("dead-letter-reason").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_loops_for_ever_is_ended_by_its_time_limit() {
    let (kind, reason) = misbehaving("loop", "timeout = \"500ms\"").await;
    assert_eq!(
        (kind.as_str(), reason.as_str()),
        ("timeout", "the component did not finish in 500ms")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_allocates_without_end_is_refused_memory() {
    let (kind, _) = misbehaving("allocate", "").await;
    assert_eq!(kind, "trap");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_connects_to_where_it_may_not_is_denied() {
    let (kind, reason) = misbehaving("connect", "").await;
    assert_eq!(kind, "reject");
    assert!(reason.contains("HttpRequestDenied"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_a_handler_leaves_open_has_no_effect_and_harms_no_other() {
    let postgres = postgres::shared();
    let session = postgres.connect().await;
    session.batch_execute("create table effects (what text not null)").await.expect("a table");
    let (broker, topic) = (Broker::shared(), unique("transaction"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::deciding(|records| {
        let verdict = match records[0].text() {
            "1" => "transaction",
            "3" => "forgotten transaction",
            _ => "insert",
        };
        async move { Verdict::Misconduct(verdict) }.boxed()
    })
    .await;
    broker.producer().send_numbers(&topic, 0, 0, 6).await;
    let app = Application::with_database(
        &Setup {
            brokers: &broker.address,
            probe: &probe.url,
            group: &topic,
            topic: &topic,
            trigger: "retry = { attempts = 2, first = \"10ms\", max = \"20ms\" }\nbatch = { records = 1 }",
            properties: "",
        },
        &postgres.url(),
    );
    let mut plugin = app.start();
    broker.until_committed(&topic, &topic, 0, 6).await;

    let rows = session.query("select what from effects", &[]).await.expect("rows");
    let effects: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(effects, ["insert"; 4], "those of the others, and of nobody else");
    let open = "select count(*) from pg_stat_activity where state like 'idle in transaction%'";
    let open: i64 = session.query_one(open, &[]).await.expect("a count").get(0);
    assert_eq!(open, 0);
    plugin.stop().await;
    let letters = broker.records(&format!("{topic}.dead-letter")).await;
    let texts: Vec<&str> = letters.iter().map(crate::letters::Letter::text).collect();
    assert_eq!(texts, ["1"], "what ended well is no failure, though its effect is gone");
}
