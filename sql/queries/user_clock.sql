-- What time it is for a user, or was when they said something, and at which instants a clock on the wall there
-- shows some times. One that a gap leaves out is read behind it.
-- $1 user · $2 time zone, or null for the user's · $3 times as a list of YYYY-MM-DDTHH:MM:SS
-- $4 when, or null for now
with zone as (
    select case when $2::text is null
                then coalesce((select timezone from users where id = $1), 'UTC')
                else timezone_name($2::text)
           end as name,
           coalesce($4::text::timestamptz, now()) as at
)
select json_build_object(
           'timezone', zone.name,
           'now', json_time(zone.at),
           'local', to_char(zone.at at time zone zone.name, 'YYYY-MM-DD"T"HH24:MI:SS'),
           'instants', (
               select coalesce(json_agg(json_time(wall::timestamp at time zone zone.name) order by place), '[]')
                 from json_array_elements_text($3::text::json) with ordinality as walls (wall, place)
           )
       )::text as clock
  from zone
