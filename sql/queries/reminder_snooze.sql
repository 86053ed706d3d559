-- Put a reminder off, also one that was sent, and write the event; its task stays due when it is. Null: there is no such
-- reminder. Of a task that is over, nothing is written.
-- $1 user · $2 its id · $3 until when · $4 now · $5 event id · $6 correlation id · $7 source service
-- $8 idempotency key or null · $9 the request's hash
with task as materialized (
    -- Whoever completes it meanwhile is seen here, or sees what is done here.
    select tasks.id, status = 'active' as stands
      from tasks
     where user_id = $1
       and id = (select task_id from reminders where user_id = $1 and id = $2)
       for update
), old as (
    select reminders.task_id, reminder_json(reminders) as reminder, stands
      from task
      join reminders on reminders.user_id = $1 and reminders.task_id = task.id
     where reminders.id = $2
       for update of reminders
), snoozed as (
    update reminders
       set snoozed_until  = $3::text::timestamptz,
           trigger_time   = $3::text::timestamptz,
           status         = 'pending',
           scheduled_at   = now(),
           correlation_id = $6
      from old
     where user_id = $1
       and id = $2
       and stands
    returning reminder_json(reminders) as reminder, old.reminder as old, old.task_id
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $5, task_id::text, 'reminder.snoozed', 'reminders', $6,
           jsonb_build_object('reminder', reminder, 'old', old), $7, $4::text::timestamptz
      from snoozed
), outcome as (
    select json_build_object('reminder', (select reminder from snoozed), 'stands', stands, 'fits', true) as outcome
      from old
), key as (
    insert into idempotency_keys (user_id, key, request_hash, answer, created_at)
    select $1, $8::text, $9, outcome, $4::text::timestamptz
      from outcome, snoozed
     where $8::text is not null
)
select (select outcome::text from outcome) as outcome
