-- Leave the lease to the next relay at once.
-- $1 who we are · $2 our epoch · $3 published position
update relay_lease
   set expires_at = clock_timestamp(),
       published  = greatest(published, $3)
 where holder = $1
   and epoch = $2
