-- Take one from a rate, or say how many seconds it takes until there is one; null: it was taken.
-- Whoever comes at its pace is never refused; whoever has waited may take as many at once as there are
-- in its period.
-- $1 whose rate it is · $2 seconds between two at its pace · $3 how many at once
with taken as (
    insert into rate_limits as rate (key, used_until)
    values ($1, now() + $2::float8 * interval '1 second')
        on conflict (key) do update
       set used_until = greatest(rate.used_until, now()) + $2::float8 * interval '1 second'
     where greatest(rate.used_until, now()) <= now() + ($3::float8 - 1) * $2 * interval '1 second'
    returning key
)
select (
    select greatest(1, ceil(coalesce(
               max(extract(epoch from used_until - now())) - ($3::float8 - 1) * $2, $2
           )))::int4::text
      from rate_limits
     where key = $1
    having not exists (select from taken)
) as seconds
