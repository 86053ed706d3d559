-- Throw away deliveries of 29 days ago, some at once, and say how many: before the events that they are of.
-- $1 how many at most
with deleted as (
    delete from deliveries
     where ctid = any (array(
           select ctid
             from deliveries
            where created_at < now() - interval '29 days'
            order by created_at
            limit $1
     ))
    returning id
)
select count(*) from deleted
