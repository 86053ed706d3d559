-- The user's personal access tokens, the newest first: there are no more than one may have.
-- $1 user
select coalesce(
           json_agg(access_token_json(access_tokens) order by created_at desc, id desc), '[]'
       )::text as list
  from access_tokens
 where user_id = $1
