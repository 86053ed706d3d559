-- A browser that wants to be told; one that is known gets its new keys. Null: the user has as many as one may have.
-- $1 user · $2 its id · $3 endpoint · $4 public key · $5 secret · $6 how many a user may have · $7 now
with inserted as (
    insert into push_subscriptions (user_id, id, endpoint, p256dh, auth, created_at)
    select $1, $2, $3, $4, $5, $7::text::timestamptz
     where (select count(*) from push_subscriptions where user_id = $1 and endpoint <> $3) < $6
        on conflict (user_id, endpoint) do update
       set p256dh = excluded.p256dh,
           auth   = excluded.auth
    returning push_subscription_json(push_subscriptions) as subscription
)
select (select subscription::text from inserted) as subscription
