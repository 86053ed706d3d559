-- Throw away events of thirty days ago that Kafka has, some at once, remember up to which, and say how many. They are
-- looked at in the order of their positions, which is the order of their times but for moments.
-- $1 how many at most
with deleted as (
    delete from events
     where ctid = any (array(
           select ctid
             from (
               select ctid, created_at
                 from events
                where position <= (select published from relay_lease)
                order by position
                limit $1
             ) as oldest
            where created_at < now() - interval '30 days'
     ))
    returning position
), noted as (
    update relay_lease
       set purged = greatest(purged, (select max(position) from deleted))
     where exists (select from deleted)
)
select count(*) from deleted
