-- Where a conversation stands, and what time it is for its author. One that is not there yet has no
-- id and the version 0.
-- $1 user · $2 the caller's name for it · $3 time zone, or null for the one it remembers, or else the
-- user's
with known as (
    select id, version, state, timezone
      from conversations
     where user_id = $1
       and client_key = $2
), zone as (
    select case when $3::text is null
                then coalesce(
                         (select timezone from known),
                         (select timezone from users where id = $1),
                         'UTC'
                     )
                else timezone_name($3::text)
           end as name
)
select json_build_object(
           'id', known.id,
           'version', coalesce(known.version, 0),
           'state', known.state,
           'timezone', zone.name,
           'now', json_time(now()),
           'local', to_char(now() at time zone zone.name, 'YYYY-MM-DD"T"HH24:MI:SS')
       )::text as standing
  from zone
  left join known on true
