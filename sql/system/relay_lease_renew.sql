-- Hold the lease longer and note how far Kafka has acknowledged.
-- $1 who we are · $2 our epoch · $3 how long it holds, in milliseconds · $4 published position
update relay_lease
   set expires_at = clock_timestamp() + $3 * interval '1 millisecond',
       published  = greatest(published, $4)
 where holder = $1
   and epoch = $2
   and expires_at > clock_timestamp()
returning epoch
