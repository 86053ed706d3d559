//! Webhooks whose system dies, and webhooks that are reached by HTTPS.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use spindle_tests::{Certificate, Receiver, Reply, Spindle, distinct, eventually};

const TASKS: usize = 300;

async fn hook(spindle: &Spindle, url: &str) -> Result<String> {
    let (status, made) = spindle.post("/api/webhooks", &json!({ "url": url })).await?;
    ensure!(status == 201, "{status}: {made}");
    Ok(format!("/api/webhooks/{}/deliveries", made["id"].as_str().context("no id")?))
}

#[tokio::test]
async fn killed_in_the_middle_every_event_is_delivered() -> Result<()> {
    let mut spindle =
        Spindle::start_with(&[("SPIN_VARIABLE_WEBHOOK_BLOCKED_NETWORKS", "")]).await?;
    let receiver = Receiver::start(Reply::Status(200)).await?;
    hook(&spindle, &receiver.url).await?;
    for number in 0..TASKS {
        spindle.create(&format!("task {number}")).await?;
    }
    for part in [1, 2] {
        receiver.hears(TASKS * part / 3).await?;
        spindle.kill().await?;
        spindle.restart().await?;
    }
    let database = spindle.database().await?;
    eventually("that all are noted", async || {
        let delivered = "select count(*) from deliveries where state = 'delivered'";
        let count: i64 = database.query_one(delivered, &[]).await?.get(0);
        Ok((usize::try_from(count)? == TASKS).then_some(()))
    })
    .await?;
    let heard = receiver.heard();
    assert_eq!(distinct(&heard), TASKS);
    // What was under way when it was killed may have come twice.
    ensure!(heard.len() <= TASKS + 2 * 20, "{} posts", heard.len());
    spindle.stop().await
}

/// More than a guest could hold, and more than the host hands over at once.
#[tokio::test]
async fn large_events_of_many_webhooks_at_once_are_delivered() -> Result<()> {
    const WEBHOOKS: usize = 16;
    let spindle = Spindle::start_with(&[("SPIN_VARIABLE_WEBHOOK_BLOCKED_NETWORKS", "")]).await?;
    let receiver = Receiver::start(Reply::Status(200)).await?;
    for _ in 0..WEBHOOKS {
        hook(&spindle, &receiver.url).await?;
    }
    let task = json!({ "title": "x", "description": "\u{1}".repeat(10_000) });
    let (status, task) = spindle.post("/api/tasks", &task).await?;
    ensure!(status == 200, "{status}: {task}");
    receiver.hears(WEBHOOKS).await?;
    // As if it had been changed twenty times while nobody delivered.
    let changes = "
        with event as (
            insert into events (
                user_id, subject, position, event_type, topic_name, correlation_id, payload, source_service
            )
            select user_id, subject, 1000000 + number, 'task.updated', topic_name, correlation_id,
                   jsonb_build_object('task', payload -> 'task', 'old', payload -> 'task'), source_service
              from events, generate_series(1, 20) as number
             where event_type = 'task.created'
            returning user_id, id, event_type, position
        ), delivery as (
            insert into deliveries (user_id, webhook_id, event_id, event_type, position, next_attempt_at)
            select user_id, webhooks.id, event.id, event_type, position, now()
              from event join webhooks using (user_id)
            returning webhook_id
        )
        update webhooks
           set next_attempt_at = now()
         where not claimed
           and id in (select webhook_id from delivery)";
    let database = spindle.database().await?;
    eventually("that nothing is under way", async || {
        let claimed: i64 =
            database.query_one("select count(*) from webhooks where claimed", &[]).await?.get(0);
        Ok((claimed == 0).then_some(()))
    })
    .await?;
    database.batch_execute(changes).await?;
    let heard = receiver.hears(WEBHOOKS * 21).await?;
    assert_eq!(distinct(&heard), WEBHOOKS * 21);
    spindle.stop().await
}

#[tokio::test]
async fn a_certificate_counts_if_somebody_vouches_for_it_under_this_name() -> Result<()> {
    let (trusted, unknown) = (Certificate::new()?, Certificate::new()?);
    let authorities = tempfile::NamedTempFile::new()?;
    std::fs::write(authorities.path(), trusted.pem()?)?;
    let spindle = Spindle::start_with(&[
        ("SPIN_VARIABLE_WEBHOOK_BLOCKED_NETWORKS", "10.0.0.0/8"),
        ("SSL_CERT_FILE", &authorities.path().to_string_lossy()),
    ])
    .await?;
    let good = Receiver::start_with_tls(Reply::Status(200), &trusted).await?;
    let bad = Receiver::start_with_tls(Reply::Status(200), &unknown).await?;
    let by_another_name = good.url.replace("localhost", "127.0.0.1");
    let mut logs = Vec::new();
    for url in [&good.url, &bad.url, &by_another_name] {
        logs.push(hook(&spindle, url).await?);
    }
    spindle.create("x").await?;
    let mut outcomes = Vec::new();
    for log in &logs {
        let delivery = eventually("an attempt", async || {
            let (_, page) = spindle.get(log).await?;
            let delivery = page["items"][0].clone();
            Ok((delivery["attempts"] == 1).then_some(delivery))
        })
        .await?;
        outcomes.push((delivery["state"].clone(), delivery["last_error"].clone()));
    }
    let refused = json!("there is no answer: its certificate is not good");
    assert_eq!(outcomes[0], (json!("delivered"), Value::Null));
    assert_eq!(outcomes[1], (json!("pending"), refused.clone()));
    assert_eq!(outcomes[2], (json!("pending"), refused));
    assert_eq!((good.heard().len(), bad.heard().len()), (1, 0));
    spindle.stop().await
}
