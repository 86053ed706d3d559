-- Give the next committed events their place in the one order that readers follow, and return
-- them. Neither seq nor the transaction's id is commit order; the order in which a single relay
-- finds events committed is. One task's events come in order because its row was locked when each
-- took its seq.
-- The rows are found again by ctid, not by seq: all have a position whenever autovacuum comes to
-- count those without, so Postgres expects one or none, and would join two thousands of them in a
-- loop. Nobody else gives them a position meanwhile: the lease's row is locked.
-- No row at all: the lease is lost. One row without an event: there is none.
-- $1 who we are · $2 our epoch · $3 how long the lease holds, in milliseconds
-- $4 published position · $5 how many events at most
with lease as (
    select last_position
      from relay_lease
     where holder = $1
       and epoch = $2
       and expires_at > clock_timestamp()
       for update
), batch as (
    select pending.row, lease.last_position + row_number() over (order by pending.seq) as position
      from lease, (
        select ctid as row, seq
          from events
         where position is null
         order by seq
         limit $5
      ) pending
), renewed as (
    update relay_lease
       set last_position = coalesce((select max(position) from batch), relay_lease.last_position),
           published     = greatest(published, $4),
           expires_at    = clock_timestamp() + $3 * interval '1 millisecond'
      from lease
    returning epoch
), positioned as (
    update events
       set position = batch.position
      from batch
     where events.ctid = batch.row
    returning events.position, events.id, events.event_type, events.topic_name,
              events.correlation_id, events.subject, events.user_id, events.source_service,
              events.created_at, events.payload::text as payload
)
select positioned.*
  from renewed
  left join positioned on true
 order by positioned.position
