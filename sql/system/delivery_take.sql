-- What the rounds that were claimed have to deliver: of each webhook whose claim still counts, what is due, what was tried
-- least first, then the oldest, and no more at once than a guest can hold. So one event that a destination doesn't take keeps
-- no other from it. Webhooks are locked in the order of delivery_insert_many: the two would otherwise wait for each other.
-- $1 the claims: a list of {user_id, webhook_id, claim} · $2 how many deliveries of each at most
-- $3 after how many bytes of them there is no other
with webhook as materialized (
    select webhooks.user_id, webhooks.id
      from webhooks
      join jsonb_to_recordset($1::text::jsonb) as claim (user_id uuid, webhook_id uuid, claim bigint)
        on webhooks.user_id = claim.user_id
       and webhooks.id = claim.webhook_id
       and webhooks.claim = claim.claim
     where claimed
       and active
       and next_attempt_at > now()
     order by webhooks.user_id, webhooks.id
       for update of webhooks
), round as (
    update webhooks
       set has_more        = false,
           -- From here on its posts take their time.
           next_attempt_at = now() + interval '10 minutes'
      from webhook
     where webhooks.user_id = webhook.user_id
       and webhooks.id = webhook.id
    returning webhooks.user_id, webhooks.id, claim, url, secret
)
select coalesce(json_agg(json_build_object(
           'user_id', user_id,
           'webhook_id', id,
           'claim', claim,
           'url', url,
           'secret', secret,
           'deliveries', (
               select coalesce(
                          json_agg(json_build_object('id', sized.id, 'event', event) order by place), '[]'
                      )
                 from (
                   select due.id, event, place,
                          sum(octet_length(event::text)) over (order by place) - octet_length(event::text) as before
                     from (
                       select deliveries.id, event_id, row_number() over (order by attempts, position) as place
                         from deliveries
                        where deliveries.user_id = round.user_id
                          and deliveries.webhook_id = round.id
                          and state = 'pending'
                          and next_attempt_at <= now()
                        order by attempts, position
                        limit $2
                     ) as due
                     join events on events.id = due.event_id
                    cross join lateral (select change_json(events) as event) as told
                 ) as sized
                where before < $3
           )
       )), '[]')::text as rounds
  from round
