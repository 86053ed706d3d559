//! Tasks of many users, for what depends on how many there are.

use std::ops::Range;

use anyhow::Result;
use tokio_postgres::Client;

/// User 1 is the demo user. Rows of users stand in turns, so that nobody's are together.
const TASKS: &str = r#"
    insert into tasks (
        user_id, id, title, description, due_date, priority, tags, status, completed_at, deleted_at,
        created_at, updated_at, last_event_id
    )
    select ('00000000-0000-7000-8000-' || lpad(to_hex(user_number), 12, '0'))::uuid, uuid_v7(),
           (array['buy', 'call', 'write', 'read', 'fix', 'plan', 'send', 'clean'])[1 + k % 8] || ' '
               || (array['milk', 'mom', 'report', 'book', 'bike', 'trip', 'letter', 'kitchen', 'دودھ'])
                      [1 + k % 9]
               || ' ' || k,
           case when k % 3 = 0 then 'as it was said on the telephone: ' || md5(k::text) end,
           case when k % 4 > 0 then now() + (k * 7919 % 1000 - 500) * interval '3 hours' end,
           (array['low', 'medium', 'high'])[1 + k % 3],
           (array['[]', '["home"]', '["work"]', '["home", "urgent"]', '["errand"]'])[1 + k % 5]::jsonb,
           case when k % 10 = 9 then 'deleted' when k % 3 = 0 then 'completed' else 'active' end,
           case when k % 3 = 0 then now() end,
           case when k % 10 = 9 then now() end,
           at, at, uuid_v7()
      from generate_series(1, $3::int) as k,
           generate_series($1::int, $2::int) as user_number
     cross join lateral (
           select '2026-01-01'::timestamptz + (k * 1000 + user_number) * interval '1 second'
     ) as created (at)
     order by k, user_number"#;

/// What told of them, and who did it.
const EVENTS: &str = "
    with event as (
        insert into events (
            user_id, id, subject, position, event_type, topic_name, correlation_id, payload,
            source_service
        )
        select user_id, last_event_id, id,
               (select coalesce(max(position), 0) from events) + row_number() over (),
               'task.created', 'task-events', id, jsonb_build_object('task', task_json(tasks)), 'tasks'
          from tasks
         where not exists (select from events where id = last_event_id)
        returning *
    )
    insert into audit_logs (
        id, user_id, entity_type, entity_id, action, actor_type, actor_id, new_values, correlation_id
    )
    select id, user_id, 'task', subject, 'created', 'user', user_id, payload -> 'task', correlation_id
      from event";

/// Whom it was told, or is to be told.
const DELIVERIES: &str = "
    with webhook as (
        insert into webhooks (user_id, id, url, secret)
        select distinct user_id, user_id, 'http://127.0.0.1:1/', '' from events
        returning user_id, id
    )
    insert into deliveries (
        user_id, webhook_id, event_id, event_type, position, state, attempts, next_attempt_at
    )
    select user_id, webhook.id, events.id, event_type, position,
           case when position % 10 = 0 then 'pending' else 'delivered' end, 1,
           case when position % 10 = 0 then now() end
      from events
      join webhook using (user_id)";

/// So many tasks for each of these users.
///
/// # Errors
/// Those of the database.
pub async fn tasks(database: &Client, users: Range<i32>, of_each: i32) -> Result<()> {
    database.execute(TASKS, &[&users.start, &(users.end - 1), &of_each]).await?;
    database.batch_execute("vacuum analyze tasks").await?;
    Ok(())
}

/// An event, published, an audit row and a delivery for each task that is there.
///
/// # Errors
/// Those of the database.
pub async fn events(database: &Client) -> Result<()> {
    database.batch_execute(EVENTS).await?;
    database.batch_execute(DELIVERIES).await?;
    for table in ["events", "audit_logs", "deliveries", "webhooks"] {
        database.batch_execute(&format!("vacuum analyze {table}")).await?;
    }
    Ok(())
}
