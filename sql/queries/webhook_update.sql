-- Change a webhook and write the event, or neither where the patch changes nothing. What waited because of failures is due
-- at once. A round that is claimed goes on unless it is an inactive webhook's or another address's now. Null: there is no such webhook.
-- $1 user · $2 its id · $3 the patch (domain::WebhookPatch): the fields to set
-- $4 now · $5 event id · $6 correlation id · $7 source service
with old as (
    select webhook_json(webhooks) as webhook, claimed
      from webhooks
     where user_id = $1
       and id = $2
       for update
), patch as (
    select webhook, new, claimed and (new ->> 'active')::boolean and new -> 'url' = webhook -> 'url' as goes_on
      from (select webhook, webhook || $3::text::jsonb as new, claimed from old) as patched
), updated as (
    update webhooks
       set url              = patch.new ->> 'url',
           event_types      = nullif(patch.new -> 'event_types', 'null'),
           active           = (patch.new ->> 'active')::boolean,
           inactive_because = case when (patch.new ->> 'active')::boolean then null else inactive_because end,
           failures         = 0,
           paused_until     = null,
           next_attempt_at  = case when goes_on then next_attempt_at else $4::text::timestamptz end,
           claimed          = goes_on,
           has_more         = true,
           updated_at       = $4::text::timestamptz
      from patch
     where user_id = $1
       and id = $2
       and patch.new <> patch.webhook
    returning webhook_json(webhooks) as webhook
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $5, $2::uuid::text, 'webhook.updated', 'audit-events', $6,
           jsonb_build_object('webhook', updated.webhook, 'old', old.webhook), $7, $4::text::timestamptz
      from updated, old
)
select (
    select coalesce(updated.webhook, old.webhook)::text from old left join updated on true
) as webhook
