-- Whether the schema fits, and what waits for Kafka (counted up to 10,000 and what is on its way).
-- In order, though they are only counted: for any of them Postgres would read the table as long as it
-- believes that many wait, and all of it when none does.
-- $1 the version of the schema that the components were built for
select json_build_object(
           'schema_fits',
           coalesce((select max(version) from refinery_schema_history) >= $1::int4, false),
           'unpublished',
           lease.last_position - lease.published
               + (select count(*)
                    from (select from events where position is null
                           order by seq limit 10000) as waiting),
           'oldest_seconds',
           greatest(0, extract(epoch from clock_timestamp() - least(
               (select created_at from events where position > lease.published
                 order by position limit 1),
               (select created_at from events where position is null order by seq limit 1)
           )))
       )::text as readiness
  from relay_lease as lease
