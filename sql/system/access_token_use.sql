-- Whom a personal access token acts for, and what it may do; that it was used is noted, to five
-- minutes. Null: there is no such token, or it has expired.
-- $1 hash of the token
with found as (
    select user_id, id, scopes
      from access_tokens
     where hash = $1
       and (expires_at is null or expires_at > now())
), noted as (
    update access_tokens
       set last_used_at = now()
      from found
     where access_tokens.user_id = found.user_id
       and access_tokens.id = found.id
       and (last_used_at is null or last_used_at < now() - interval '5 minutes')
)
select (
    select json_build_object('user_id', user_id, 'scopes', scopes)::text from found
) as found
