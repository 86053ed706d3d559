-- Log out: the session of a refresh token ends, and with it all its tokens. Null: it has ended.
-- $1 hash of the token · $2 now · $3 event id · $4 correlation id · $5 source service
with ended as (
    delete from sessions
     using refresh_tokens as token
     where token.hash = $1
       and sessions.user_id = token.user_id
       and sessions.id = token.session_id
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
