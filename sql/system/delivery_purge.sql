-- Throw away deliveries whose events were thrown away, some at once, and say how many. Those that somebody has locked are left
-- for the next time.
-- $1 how many at most
with deleted as (
    delete from deliveries
     where ctid = any (array(
           select ctid
             from deliveries
            where position <= (select purged from relay_lease)
            order by position
            limit $1
              for update skip locked
     ))
    returning id
)
select count(*) from deleted
