-- Cancel a reminder: it is gone, and the event tells what it was. Null: there is no such reminder.
-- $1 user · $2 its id · $3 now · $4 event id · $5 correlation id · $6 source service
with deleted as (
    delete from reminders
     where user_id = $1
       and id = $2
    returning id, task_id, reminder_json(reminders) as reminder
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $4, task_id::text, 'reminder.cancelled', 'reminders', $5,
           jsonb_build_object('reminder', reminder || '{"status": "cancelled"}', 'old', reminder), $6,
           $3::text::timestamptz
      from deleted
)
select (select to_json(id)::text from deleted) as id
