-- Whether the schema fits, and what waits for Kafka (counted up to 10,000).
-- $1 the version of the schema that the components were built for
select (select max(version) from refinery_schema_history) >= $1::int4 as schema_fits,
       lease.last_position - lease.published
           + (select count(*) from (select from events where position is null limit 10000) as new)
           as unpublished,
       coalesce(extract(epoch from clock_timestamp() - least(
           (select created_at from events where position > lease.published
             order by position limit 1),
           (select created_at from events where position is null order by seq limit 1)
       )), 0)::float8 as oldest_seconds
  from relay_lease as lease
