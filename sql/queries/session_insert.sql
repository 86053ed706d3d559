-- A log-in: a session, its first refresh token, and the event. What its failures used of the
-- account's rate is given back.
-- $1 user · $2 session's id · $3 hash of the refresh token · $4 days until it expires
-- $5 key of the account's rate · $6 now · $7 event id · $8 correlation id · $9 source service
with inserted as (
    insert into sessions (user_id, id, created_at, expires_at)
    values ($1, $2, $6::text::timestamptz, now() + $4::int4 * interval '1 day')
    returning id
), token as (
    insert into refresh_tokens (user_id, session_id, hash)
    select $1, id, $3
      from inserted
), forgiven as (
    delete from rate_limits
     where key = $5
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $7, id::text, 'session.created', 'audit-events', $8,
           jsonb_build_object('session', jsonb_build_object('id', id), 'old', null), $9,
           $6::text::timestamptz
      from inserted
)
select to_json(id)::text as id from inserted
