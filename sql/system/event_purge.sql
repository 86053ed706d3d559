-- Throw away events of thirty days ago that Kafka has, some at once, remember up to which, and say how many. They go in the
-- order of their positions, none before one that is kept: an old one may have a late position, if Kafka was away for long.
-- $1 how many at most
with deleted as (
    delete from events
     where ctid = any (array(
           select ctid
             from (
               select ctid, bool_and(created_at < now() - interval '30 days') over (order by position) as is_old
                 from events
                where position <= (select published from relay_lease)
                order by position
                limit $1
             ) as oldest
            where is_old
     ))
    returning position
), noted as (
    update relay_lease
       set purged = greatest(purged, (select max(position) from deleted))
     where exists (select from deleted)
)
select count(*) from deleted
