-- Make due at once whatever of a webhook waits or has failed, and say how much that is. Null: there is no such webhook.
-- What has failed gets one more attempt if its day is over.
-- $1 user · $2 the webhook's id · $3 now
with webhook as (
    update webhooks
       set next_attempt_at = $3::text::timestamptz
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
