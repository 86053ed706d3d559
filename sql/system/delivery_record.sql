-- Note what became of a round's deliveries, and when the webhook's next round is due. An attempt that failed is repeated
-- until a day after its event. A destination that says it is gone (410), or to which nothing could be delivered for five
-- days, is made inactive, and an event tells its user. Of a claim that doesn't count any more only the attempts are noted.
-- $1 user · $2 the webhook's id · $3 claim · $4 the attempts in their order, of which only the last may have failed:
-- a list of {id, status, error} (store::deliveries::Attempt)
with attempt as materialized (
    select id, status, error, coalesce(status between 200 and 299, false) as succeeded
      from jsonb_to_recordset($4::text::jsonb) as attempt (id uuid, status integer, error text)
), before as materialized (
    -- Before its deliveries, as whoever else changes both locks them.
    select claimed and claim = $3 as counts, failures, failing_since, has_more, updated_at
      from webhooks
     where user_id = $1
       and id = $2
       for update
), noted as (
    update deliveries
       set attempts        = attempts + 1,
           last_attempt_at = now(),
           last_status     = attempt.status,
           last_error      = attempt.error,
           state           = case when succeeded then 'delivered'
                                  when created_at < now() - interval '1 day' then 'failed'
                                  else 'pending'
                             end,
           next_attempt_at = case when not succeeded and created_at >= now() - interval '1 day'
                                  then now() + delivery_pause(attempts + 1)
                             end
      from before, attempt
     where deliveries.user_id = $1
       and deliveries.webhook_id = $2
       and deliveries.id = attempt.id
       and deliveries.state = 'pending'
    returning deliveries.next_attempt_at
), outcome as (
    select bool_or(not succeeded) is true as failed,
           bool_or(succeeded) is true as any_succeeded,
           bool_or(status = 410) is true as gone
      from attempt
), standing as (
    select failed, gone, has_more, updated_at,
           case when any_succeeded then 0 else failures end + failed::integer as failures,
           case when not failed and any_succeeded then null
                when failed and any_succeeded then now()
                when failed then coalesce(failing_since, now())
                else failing_since
           end as failing_since,
           -- Of those that were not tried now, and of those that were.
           least(
               (
                   select min(next_attempt_at)
                     from deliveries
                    where user_id = $1
                      and webhook_id = $2
                      and state = 'pending'
                      and id not in (select id from attempt)
               ),
               (select min(next_attempt_at) from noted)
           ) as next_due
      from before, outcome
     where counts
), judged as (
    select next_due, has_more, failures, failing_since,
           case when failed then now() + webhook_pause(failures) end as paused_until,
           case when gone then 'gone'
                when failed and greatest(failing_since, updated_at) < now() - interval '5 days'
                then 'unreachable'
           end as inactive_because
      from standing
), webhook as (
    update webhooks
       set failures         = judged.failures,
           failing_since    = judged.failing_since,
           paused_until     = judged.paused_until,
           next_attempt_at  = greatest(
               case when judged.has_more then now() else next_due end, judged.paused_until
           ),
           claimed          = false,
           active           = judged.inactive_because is null,
           inactive_because = judged.inactive_because
      from judged
     where user_id = $1
       and id = $2
    returning id, judged.inactive_because, webhook_json(webhooks) as webhook
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service
    )
    select $1, uuid_v7(), id::text, 'webhook.deactivated', 'audit-events', uuid_v7(),
           jsonb_build_object('webhook', webhook, 'old', null), 'webhook-deliver'
      from webhook
     where inactive_because is not null
)
select count(*)::text as noted from noted
