-- The user's webhooks, the newest first: there are no more than one may have.
-- $1 user
select coalesce(json_agg(webhook_json(webhooks) order by created_at desc, id desc), '[]')::text as list
  from webhooks
 where user_id = $1
