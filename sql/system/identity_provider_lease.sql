-- Set out to fetch a provider's keys, unless somebody has within the last seconds. Null: somebody has.
-- $1 issuer · $2 how many seconds lie between two tries
with lease as (
    insert into identity_providers as known (issuer, attempted_at)
    values ($1, now())
        on conflict (issuer) do update set attempted_at = now()
     where known.attempted_at < now() - $2::int4 * interval '1 second'
    returning issuer
)
select (select 'true' from lease) as is_ours
