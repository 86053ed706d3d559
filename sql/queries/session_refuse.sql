-- Tell the user of a log-in that failed. Of a user that isn't there, nothing is told, in the same time.
-- $1 user · $2 now · $3 event id · $4 correlation id · $5 source service
with event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $3, id::text, 'user.login_failed', 'audit-events', $4,
           jsonb_build_object('user', jsonb_build_object('id', id), 'old', null), $5,
           $2::text::timestamptz
      from users
     where id = $1
    returning id
)
select (select to_json(id)::text from event) as id
