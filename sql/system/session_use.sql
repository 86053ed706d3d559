-- Whose session a browser's cookie is; that it goes on is noted once a day. Null: it has ended.
-- $1 hash of the cookie · $2 days until it expires
with found as (
    select sessions.user_id, sessions.id, users.is_admin
      from sessions
      join users on users.id = sessions.user_id
     where sessions.cookie_hash = $1
       and sessions.expires_at > now()
), continued as (
    update sessions
       set expires_at = now() + $2::int4 * interval '1 day'
      from found
     where sessions.user_id = found.user_id
       and sessions.id = found.id
       and sessions.expires_at < now() + ($2::int4 - 1) * interval '1 day'
)
select (
    select json_build_object('user_id', user_id, 'is_admin', is_admin)::text from found
) as found
