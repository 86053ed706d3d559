-- A new reminder of a task and its event. Null: there is no such task. Of a task that is over, or that has as many as a task
-- may have, nothing is written.
-- $1 user · $2 its id · $3 task · $4 method · $5 destination or null · $6 lead (ISO 8601) or null · $7 time or null
-- $8 how many a task may have · $9 now · $10 event id · $11 correlation id · $12 source service
-- $13 idempotency key or null · $14 the request's hash
with task as materialized (
    -- Whoever changes the task meanwhile sees this reminder, or is seen here.
    select id, due_date, all_day, timezone, status
      from tasks
     where user_id = $1
       and id = $3
       and status <> 'deleted'
       for update
), allowed as (
    select status = 'active' as stands,
           (select count(*) from reminders where user_id = $1 and task_id = $3) < $8 as fits
      from task
), inserted as (
    insert into reminders (
        user_id, id, task_id, delivery_method, destination, lead, at, trigger_time, correlation_id, created_at
    )
    select $1, $2, $3, $4::text, $5::text, $6::text, $7::text::timestamptz,
           coalesce(
               $7::text::timestamptz,
               reminder_time($6::text::interval, due_date, all_day, timezone)
           ),
           $11, $9::text::timestamptz
      from task, allowed
     where stands
       and fits
    returning reminder_json(reminders) as reminder, trigger_time
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $10, $3::uuid::text, 'reminder.scheduled', 'reminders', $11,
           jsonb_build_object('reminder', reminder, 'old', null), $12, $9::text::timestamptz
      from inserted
), key as (
    insert into idempotency_keys (user_id, key, request_hash, answer, created_at)
    select $1, $13::text, $14,
           json_build_object('reminder', reminder, 'stands', true, 'fits', true, 'correlation_id', $11::text),
           $9::text::timestamptz
      from inserted
     where $13::text is not null
)
select (
    select json_build_object(
               'reminder', (select reminder from inserted), 'stands', stands, 'fits', fits, 'correlation_id', $11::text
           )::text
      from allowed
) as outcome
