-- What the rounds that were claimed have to deliver: of each webhook whose claim still counts, what is due, what was tried
-- least first, then the oldest. So one event that a destination doesn't take keeps no other from it.
-- $1 the claims: a list of {user_id, webhook_id, claim} · $2 how many deliveries of each at most
with claimed as materialized (
    select user_id, webhook_id, claim
      from jsonb_to_recordset($1::text::jsonb) as claim (user_id uuid, webhook_id uuid, claim bigint)
), round as (
    update webhooks
       set has_more = false
      from claimed
     where webhooks.user_id = claimed.user_id
       and webhooks.id = claimed.webhook_id
       and webhooks.claim = claimed.claim
       and webhooks.claimed
       and webhooks.active
       and webhooks.next_attempt_at > now()
    returning webhooks.user_id, webhooks.id, webhooks.claim, url, secret
)
select coalesce(json_agg(json_build_object(
           'user_id', user_id,
           'webhook_id', id,
           'claim', claim,
           'url', url,
           'secret', secret,
           'deliveries', (
               select coalesce(json_agg(json_build_object(
                          'id', due.id,
                          'event', json_build_object(
                              'position', due.position,
                              'event_id', events.id,
                              'event_type', events.event_type,
                              'correlation_id', correlation_id,
                              'timestamp', json_time(events.created_at),
                              'source_service', source_service,
                              'payload', payload
                          )
                      ) order by attempts, due.position), '[]')
                 from (
                   select id, event_id, attempts, position
                     from deliveries
                    where deliveries.user_id = round.user_id
                      and deliveries.webhook_id = round.id
                      and state = 'pending'
                      and next_attempt_at <= now()
                    order by attempts, position
                    limit $2
                 ) as due
                 join events on events.id = due.event_id
           )
       )), '[]')::text as rounds
  from round
