-- No more mail for whoever holds this token, and the event of that; once. Null: nobody does.
-- $1 token · $2 now · $3 event id · $4 correlation id · $5 source service
with old as (
    select id, email_reminders, user_event_json(users) as event
      from users
     where unsubscribe_token = $1
       for update
), updated as (
    update users
       set email_reminders = false,
           updated_at      = $2::text::timestamptz
      from old
     where users.id = old.id
       and old.email_reminders
    returning users.id, user_event_json(users) as event, old.event as old
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select id, $3, id::text, 'user.updated', 'audit-events', $4,
           jsonb_build_object('user', event, 'old', old), $5, $2::text::timestamptz
      from updated
)
select (select to_json(id)::text from old) as id
