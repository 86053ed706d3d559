//! The time from a change's commit to its effect, at a rate that leaves the machine time.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use futures::StreamExt as _;
use serde_json::json;
use spindle_tests::Spindle;
use tokio::sync::mpsc;
use tokio_postgres::AsyncMessage;
use uuid::Uuid;

const RATE: u32 = 500;
const SECONDS: u32 = 10;

/// POSTs tasks at an even pace and hears of each audit row as it is committed.
pub async fn delay(brokers: Option<&str>) -> Result<()> {
    let environment: Vec<_> =
        brokers.map(|brokers| ("KAFKA_BROKERS", brokers)).into_iter().collect();
    let spindle = Spindle::start_with(&environment).await?;
    let mut effects = listen(&spindle).await?;
    // What only the first requests pay for.
    for _ in 0..100 {
        spindle.create("warm up").await?;
        effects.recv().await.context("no effect")?;
    }
    let mut pace = tokio::time::interval(Duration::from_secs(1) / RATE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut posts = tokio::task::JoinSet::new();
    for _ in 0..RATE * SECONDS {
        pace.tick().await;
        let post = spindle.client.post(spindle.url("/api/tasks"));
        posts.spawn(post.json(&json!({ "title": "how long" })).send());
    }
    while let Some(answer) = posts.join_next().await {
        let status = answer??.status();
        ensure!(status.is_success(), "{status}");
    }
    let mut seen: HashMap<Uuid, SystemTime> = HashMap::new();
    while seen.len() < (RATE * SECONDS) as usize {
        let (id, at) = effects.recv().await.context("no effect")?;
        seen.insert(id, at);
    }
    // The begin of the transaction that wrote the event: a little before its commit.
    let rows = spindle.database().await?.query("select id, created_at from events", &[]).await?;
    let mut times: Vec<f64> = rows
        .iter()
        .filter_map(|row| {
            let (id, from): (Uuid, SystemTime) = (row.get(0), row.get(1));
            Some(seen.get(&id)?.duration_since(from).ok()?.as_secs_f64() * 1000.0)
        })
        .collect();
    ensure!(times.len() == seen.len(), "{} of {} events", times.len(), seen.len());
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    println!(
        "commit to effect at {RATE}/s         p50 {:.1} ms (aim 15), p99 {:.1} ms (aim 50), longest {:.1} ms",
        at(0.5),
        at(0.99),
        at(0.9999)
    );
    spindle.stop().await
}

/// The ids of audit rows as they are committed, and when that was heard.
async fn listen(spindle: &Spindle) -> Result<mpsc::UnboundedReceiver<(Uuid, SystemTime)>> {
    let (client, mut connection) =
        tokio_postgres::connect(&spindle.running.database_url, tokio_postgres::NoTls).await?;
    let (heard, effects) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut messages =
            futures::stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notification(notification) = message
                && let Ok(id) = notification.payload().parse()
                && heard.send((id, SystemTime::now())).is_err()
            {
                return;
            }
        }
    });
    let statements = "
        create function tell_effect() returns trigger language plpgsql as
            $$ begin perform pg_notify('effects', new.id::text); return null; end $$;
        create trigger tell_effect after insert on audit_logs
            for each row execute function tell_effect();
        listen effects";
    client.batch_execute(statements).await?;
    // Listens as long as its session lives.
    tokio::spawn(async move {
        std::future::pending::<()>().await;
        drop(client);
    });
    Ok(effects)
}
