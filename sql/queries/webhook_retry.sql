-- Make due at once whatever of a webhook waits or has failed, and say how much that is. Null: there is no such webhook.
-- What has failed gets one more attempt if its day is over. A round that is claimed goes on; the next one follows at once.
-- $1 user · $2 the webhook's id · $3 now
with webhook as (
    update webhooks
       set failures        = 0,
           paused_until    = null,
           next_attempt_at = case when claimed then next_attempt_at else $3::text::timestamptz end,
           has_more        = true
     where user_id = $1
       and id = $2
    returning id
), due as (
    update deliveries
       set state           = 'pending',
           next_attempt_at = $3::text::timestamptz
      from webhook
     where deliveries.user_id = $1
       and deliveries.webhook_id = $2
       and deliveries.state <> 'delivered'
    returning deliveries.id
)
select (select to_json((select count(*) from due))::text from webhook) as count
