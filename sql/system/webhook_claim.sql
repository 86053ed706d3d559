-- Claim the webhooks that have something due, and write the events that have them delivered. A claim is lost if nobody has
-- ended it within ten minutes: so long a record may wait in Kafka. One whose last attempt failed goes to a topic of its own,
-- where it keeps only its like waiting. The events are nobody's: no user hears of them.
-- $1 how many at most
with due as (
    select user_id, id
      from webhooks
     where active
       and next_attempt_at <= now()
     order by next_attempt_at
     limit $1
       for update skip locked
), claimed as (
    update webhooks
       set claimed         = true,
           claim           = claim + 1,
           next_attempt_at = now() + interval '10 minutes'
      from due
     where webhooks.user_id = due.user_id
       and webhooks.id = due.id
    returning webhooks.user_id, webhooks.id, claim, failing_since
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service
    )
    select '00000000-0000-0000-0000-000000000000', uuid_v7(), id::text,
           'delivery.due', 'deliveries' || case when failing_since is not null then '-retry' else '' end, uuid_v7(),
           jsonb_build_object('user_id', user_id, 'webhook_id', id, 'claim', claim), 'relay'
      from claimed
)
select count(*) from claimed
