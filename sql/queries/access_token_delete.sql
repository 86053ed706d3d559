-- Revoke a personal access token and write its event. Null: there is no such token.
-- $1 user · $2 its id · $3 now · $4 event id · $5 correlation id · $6 source service
with deleted as (
    delete from access_tokens
     where user_id = $1
       and id = $2
    returning id, access_token_json(access_tokens) as token
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $4, id::text, 'token.revoked', 'audit-events', $5,
           jsonb_build_object('token', jsonb_build_object('id', id), 'old', token), $6, $3::text::timestamptz
      from deleted
)
select (select to_json(id)::text from deleted) as id
