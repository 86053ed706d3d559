-- Log out: the session of a browser's cookie ends. Null: it has ended.
-- $1 hash of the cookie · $2 now · $3 event id · $4 correlation id · $5 source service
with ended as (
    delete from sessions
     where cookie_hash = $1
    returning user_id, id
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select user_id, $3, id::text, 'session.ended', 'audit-events', $4,
           jsonb_build_object('session', jsonb_build_object('id', id), 'old', null), $5,
           $2::text::timestamptz
      from ended
)
select (select to_json(id)::text from ended) as id
