//! What the relay throws away, and when.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use spindle_tests::{Spindle, eventually};

#[tokio::test]
async fn old_keys_and_old_published_events_are_thrown_away_and_nothing_else() -> Result<()> {
    let mut spindle = Spindle::start_embedded().await?;
    let database = spindle.database().await?;
    for title in ["old", "young", "old, but published after it"] {
        spindle.create(title).await?;
    }
    eventually("three published events", async || {
        let published = "select published from relay_lease";
        Ok((database.query_one(published, &[]).await?.get::<_, i64>(0) == 3).then_some(()))
    })
    .await?;
    spindle.kill().await?;
    database
        .batch_execute(
            "update events set created_at = now() - interval '31 days' where position in (1, 3);
             insert into events (user_id, subject, event_type, topic_name, correlation_id, payload,
                                 source_service, created_at)
             select user_id, 'x', 'task.updated', 'task-events', 'kept', '{\"task\": {\"id\": \"x\"}}',
                    'test', now() - interval '31 days'
               from events where position = 2;
             insert into webhooks (user_id, id, url, secret)
             select user_id, gen_random_uuid(), 'http://127.0.0.1:1/', '' from events where position = 1;
             insert into deliveries (user_id, webhook_id, event_id, event_type, position)
             select user_id, webhooks.id, events.id, event_type, position
               from webhooks join events using (user_id) where position is not null;
             insert into idempotency_keys (user_id, key, request_hash, answer, created_at)
             select gen_random_uuid(), age, '', '1', now() - age::interval
               from unnest(array['47 hours', '49 hours']) as age
              cross join generate_series(1, 1500)",
        )
        .await?;
    drop(database);
    spindle.restart().await?;
    let database = spindle.database().await?;
    eventually("what is too old is gone", async || {
        let old = "select (select count(*) from idempotency_keys where key = '49 hours')
                        + (select count(*) from events where position = 1)
                        + (select count(*) from deliveries where position = 1)";
        Ok((database.query_one(old, &[]).await?.get::<_, i64>(0) == 0).then_some(()))
    })
    .await?;
    // Whoever has seen less is told that something is missing.
    let purged = "select purged from relay_lease";
    ensure!(database.query_one(purged, &[]).await?.get::<_, i64>(0) >= 1);
    // What Kafka doesn't have is sent first, however old it is.
    eventually("the old event's audit row", async || {
        let (_, rows) = spindle.get("/api/audit?correlation_id=kept").await?;
        Ok((rows["items"].as_array().map(Vec::len) == Some(1)).then_some(()))
    })
    .await?;
    let kept = "select (select count(*) from idempotency_keys),
        (select count(*) from events where position in (2, 3)),
        (select count(*) from deliveries where position in (2, 3))";
    let row = database.query_one(kept, &[]).await?;
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1500, 2));
    assert_eq!(row.get::<_, i64>(2), 2, "a delivery is kept as long as its event");
    spindle.stop().await
}

#[tokio::test]
async fn what_has_been_in_the_trash_for_thirty_days_is_deleted_for_good_and_told() -> Result<()> {
    let mut spindle = Spindle::start_embedded().await?;
    let mut ids = Vec::new();
    for title in ["kept", "in the trash", "long in the trash", "long forgotten"] {
        let task = spindle.create(title).await?;
        ids.push(task["id"].as_str().context("no id")?.to_owned());
    }
    for id in &ids[1..] {
        let url = spindle.url(&format!("/api/tasks/{id}"));
        assert_eq!(spindle.client.delete(url).send().await?.status(), 200);
    }
    let database = spindle.database().await?;
    database
        .batch_execute(
            "update tasks set deleted_at = now() - interval '31 days' where title like 'long %';
             update tasks set deleted_at = now() - interval '29 days' where title = 'in the trash'",
        )
        .await?;
    spindle.terminate().await?;
    spindle.restart().await?;
    for id in &ids[2..] {
        let trail = spindle.audit(id, 3).await?;
        assert_eq!(trail[0]["action"], "purged");
        assert_eq!(trail[0]["actor_type"], "system", "nobody has asked for it");
        assert_eq!(trail[0]["old_values"]["id"], json!(id), "what there was");
        assert_eq!(trail[0]["new_values"], json!({ "id": id }));
    }
    let left = "select string_agg(title, ', ' order by created_at) from tasks";
    let left: String = spindle.database().await?.query_one(left, &[]).await?.get(0);
    assert_eq!(left, "kept, in the trash");
    spindle.stop().await
}
