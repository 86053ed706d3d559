-- Deliveries of a batch of events, one for each active webhook of their users that wants them and was there when they
-- happened. One that is there already stays as it is. Webhooks are locked in an order of their own: two batches that meet
-- would otherwise wait for each other.
-- $1 the events: a list of {user_id, event_id, event_type, timestamp}
with event as materialized (
    select user_id, event_id, event_type, "timestamp"
      from jsonb_to_recordset($1::text::jsonb) as event (
           user_id uuid, event_id uuid, event_type text, "timestamp" timestamptz
      )
), webhook as materialized (
    select user_id, id, event_types, created_at
      from webhooks
     where user_id in (select user_id from event)
       and active
     order by user_id, id
       for update
), inserted as (
    insert into deliveries (user_id, webhook_id, event_id, event_type, position, next_attempt_at)
    select webhook.user_id, webhook.id, event_id, event.event_type, position, now()
      from event
      join webhook on webhook.user_id = event.user_id
      join events on events.id = event_id
     where "timestamp" >= webhook.created_at
       and (event_types is null or event_types ? event.event_type)
        on conflict do nothing
    returning user_id, webhook_id
)
update webhooks
   set next_attempt_at = case when claimed then next_attempt_at
                              else least(next_attempt_at, greatest(now(), paused_until))
                         end,
       has_more        = true
  from (select distinct user_id, webhook_id from inserted) as told
 where webhooks.user_id = told.user_id
   and webhooks.id = told.webhook_id
