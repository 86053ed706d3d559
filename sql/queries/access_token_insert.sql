-- A new personal access token and its event. Null: the user has as many as one may have.
-- $1 user · $2 its id · $3 name · $4 hash · $5 scopes · $6 when it expires, or null
-- $7 how many a user may have · $8 now · $9 event id · $10 correlation id · $11 source service
with inserted as (
    insert into access_tokens (user_id, id, name, hash, scopes, expires_at, created_at)
    select $1, $2, $3, $4, $5::text::jsonb, $6::text::timestamptz, $8::text::timestamptz
     where (select count(*) from access_tokens where user_id = $1) < $7
    returning id, access_token_json(access_tokens) as token
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $9, id::text, 'token.created', 'audit-events', $10,
           jsonb_build_object('token', token, 'old', null), $11, $8::text::timestamptz
      from inserted
)
select (select token::text from inserted) as token
