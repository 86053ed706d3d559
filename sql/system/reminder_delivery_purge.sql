-- Throw away reminders' deliveries that were over thirty days ago, some at once, and say how many; and hosts of which nobody
-- has heard that they fail still.
-- $1 how many at most
with deleted as (
    delete from reminder_deliveries
     where ctid = any (array(
           select ctid
             from reminder_deliveries
            where state <> 'pending'
              and created_at < now() - interval '30 days'
            order by created_at
            limit $1
              for update skip locked
     ))
    returning id
), forgotten as (
    delete from failing_hosts
     where until < now()
)
select count(*) from deleted
