-- Forget what has expired of log-ins, some of each at once, and say how many at most of one kind: sessions (their tokens
-- go with them), refresh tokens that were used so long ago that nobody shows them again, personal access tokens a month
-- after they ended, and rates that nobody uses.
-- $1 how many of each at most
with ended as (
    delete from sessions
     where ctid = any (array(
           select ctid from sessions where expires_at < now() order by expires_at limit $1
     ))
    returning 1
), used as (
    delete from refresh_tokens
     where ctid = any (array(
           select ctid
             from refresh_tokens
            where used_at < now() - interval '7 days'
            order by used_at
            limit $1
     ))
    returning 1
), expired as (
    delete from access_tokens
     where ctid = any (array(
           select ctid
             from access_tokens
            where expires_at < now() - interval '30 days'
            order by expires_at
            limit $1
     ))
    returning 1
), idle as (
    delete from rate_limits
     where ctid = any (array(
           select ctid from rate_limits where used_until < now() order by used_until limit $1
     ))
    returning 1
)
select greatest(
           (select count(*) from ended), (select count(*) from used),
           (select count(*) from expired), (select count(*) from idle)
       )
