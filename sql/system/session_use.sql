-- Whose session a browser's cookie is. Where it may go on, that is noted once a day until its last one, and told by
-- the seconds that it now has. Null: it has ended.
-- $1 hash of the cookie · $2 whether it goes on · $3 days until it expires · $4 days after which it ends in any case
with found as (
    select sessions.user_id, sessions.id, users.is_admin
      from sessions
      join users on users.id = sessions.user_id
     where sessions.cookie_hash = $1
       and sessions.expires_at > now()
), continued as (
    update sessions
       set expires_at = least(
               now() + $3::int4 * interval '1 day', created_at + $4::int4 * interval '1 day'
           )
      from found
     where $2
       and sessions.user_id = found.user_id
       and sessions.id = found.id
       and sessions.expires_at < least(
               now() + ($3::int4 - 1) * interval '1 day', created_at + $4::int4 * interval '1 day'
           )
    returning extract(epoch from expires_at - now())::int8 as seconds
)
select (
    select json_build_object(
               'user_id', user_id, 'is_admin', is_admin,
               'seconds', (select seconds from continued)
           )::text
      from found
) as found
