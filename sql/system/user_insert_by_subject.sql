-- The user of an external identity provider, who is new unless another request was faster, and the
-- event.
-- $1 issuer · $2 subject · $3 the id of a new one
-- $4 now · $5 event id · $6 correlation id · $7 source service
with account as (
    insert into users as known (id, issuer, subject, created_at, updated_at)
    values ($3, $1, $2, $4::text::timestamptz, $4::text::timestamptz)
        on conflict (issuer, subject) do update set updated_at = known.updated_at
    returning id, xmax = 0 as is_new, user_event_json(known) as event
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select id, $5, id::text, 'user.created', 'audit-events', $6,
           jsonb_build_object('user', event, 'old', null), $7, $4::text::timestamptz
      from account
     where is_new
)
select to_json(id)::text as id from account
