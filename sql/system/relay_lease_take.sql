-- Take the lease, or take it again: it is ours, or nobody has renewed it in time.
-- $1 who we are · $2 how long it holds, in milliseconds
update relay_lease
   set holder     = $1,
       epoch      = epoch + 1,
       expires_at = clock_timestamp() + $2 * interval '1 millisecond'
 where holder = $1
    or expires_at < clock_timestamp()
returning epoch, published
