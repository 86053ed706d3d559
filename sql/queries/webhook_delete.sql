-- Delete a webhook with all of its deliveries, and write the event. Null: there is no such webhook.
-- $1 user · $2 its id · $3 now · $4 event id · $5 correlation id · $6 source service
with deleted as (
    delete from webhooks
     where user_id = $1
       and id = $2
    returning id, webhook_json(webhooks) as webhook
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $4, id::text, 'webhook.deleted', 'audit-events', $5,
           jsonb_build_object('webhook', jsonb_build_object('id', id), 'old', webhook), $6,
           $3::text::timestamptz
      from deleted
)
select (select to_json(id)::text from deleted) as id
