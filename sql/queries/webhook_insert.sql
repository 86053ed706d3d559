-- A new webhook and its event. Null: the user has as many as one may have.
-- $1 user · $2 its id · $3 address · $4 event types, or null for all · $5 secret
-- $6 how many a user may have · $7 now · $8 event id · $9 correlation id · $10 source service
with inserted as (
    insert into webhooks (user_id, id, url, event_types, secret, created_at, updated_at)
    select $1, $2, $3, $4::text::jsonb, $5, $7::text::timestamptz, $7::text::timestamptz
     where (select count(*) from webhooks where user_id = $1) < $6
    returning id, webhook_json(webhooks) as webhook
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $8, id::text, 'webhook.created', 'audit-events', $9,
           jsonb_build_object('webhook', webhook, 'old', null), $10, $7::text::timestamptz
      from inserted
)
select (select webhook::text from inserted) as webhook
