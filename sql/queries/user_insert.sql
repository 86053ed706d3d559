-- A new user and the event. Null: the e-mail address is somebody's already.
-- $1 the user's id · $2 e-mail · $3 password hash · $4 time zone · $5 language
-- $6 now · $7 event id · $8 correlation id · $9 source service
with inserted as (
    insert into users (id, email, password_hash, timezone, language, created_at, updated_at)
    values ($1, $2, $3, timezone_name($4), $5, $6::text::timestamptz, $6::text::timestamptz)
        on conflict (email) do nothing
    returning user_json(users) as account, user_event_json(users) as event
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $7, $1::uuid::text, 'user.created', 'audit-events', $8,
           jsonb_build_object('user', event, 'old', null), $9, $6::text::timestamptz
      from inserted
)
select (select account::text from inserted) as account
