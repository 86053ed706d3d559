-- A webhook. Null: there is no such webhook.
-- $1 user · $2 its id
select (select webhook_json(webhooks)::text from webhooks where user_id = $1 and id = $2) as webhook
