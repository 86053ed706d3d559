-- Log out: the session of a cookie or a refresh token ends, and with it all its tokens. Null: it has
-- ended.
-- $1 hash of either · $2 now · $3 event id · $4 correlation id · $5 source service
with found as (
    select user_id, id
      from sessions
     where cookie_hash = $1
     union all
    select user_id, session_id
      from refresh_tokens
     where hash = $1
), ended as (
    delete from sessions
     using found
     where sessions.user_id = found.user_id
       and sessions.id = found.id
    returning sessions.user_id, sessions.id
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
