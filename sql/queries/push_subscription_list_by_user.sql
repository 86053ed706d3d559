-- All of a user's, the newest first. $1 user
select coalesce(json_agg(push_subscription_json(push_subscriptions) order by created_at desc, id desc), '[]')::text as list
  from push_subscriptions
 where user_id = $1
