-- A log-in: a session, what it goes on with, and the event. What its failures used of the account's
-- rate is given back.
-- $1 user · $2 session's id · $3 hash of the first refresh token · $4 hash of the cookie: one of
-- both is null · $5 days until it expires · $6 key of the account's rate · $7 now · $8 event id
-- $9 correlation id · $10 source service
with inserted as (
    insert into sessions (user_id, id, created_at, expires_at, cookie_hash)
    values ($1, $2, $7::text::timestamptz, now() + $5::int4 * interval '1 day', $4)
    returning id
), token as (
    insert into refresh_tokens (user_id, session_id, hash)
    select $1, id, $3::text
      from inserted
     where $3::text is not null
), forgiven as (
    delete from rate_limits
     where key = $6
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $8, id::text, 'session.created', 'audit-events', $9,
           jsonb_build_object('session', jsonb_build_object('id', id), 'old', null), $10,
           $7::text::timestamptz
      from inserted
)
select to_json(id)::text as id from inserted
