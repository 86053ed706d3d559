-- Throw away idempotency keys of two days ago, some at once, and say how many.
-- $1 how many at most
with deleted as (
    delete from idempotency_keys
     where ctid = any (array(
           select ctid
             from idempotency_keys
            where created_at < now() - interval '2 days'
            order by created_at
            limit $1
     ))
    returning 1
)
select count(*) from deleted
