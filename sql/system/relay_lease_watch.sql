-- Cheap look while idle: is the lease still ours, does it need renewing, is there anything to do, is
-- when is there anything due?
-- Of the first event, not of any: where Postgres believes that many wait, it would read the table for
-- any, and when it is wrong, all of the table.
-- $1 who we are · $2 our epoch
select holder = $1 and epoch = $2 and expires_at > clock_timestamp() as held,
       greatest(0, extract(epoch from expires_at - clock_timestamp()) * 1000)::bigint as expires_in_ms,
       (select min(seq) from events where position is null) is not null as pending,
       ceil(extract(epoch from least(
           (select min(next_attempt_at) from webhooks where active),
           (select min(trigger_time) from reminders where status = 'pending'),
           (select min(next_attempt_at) from reminder_deliveries where next_attempt_at is not null)
       ) - clock_timestamp()) * 1000)::bigint as due_in_ms
  from relay_lease
