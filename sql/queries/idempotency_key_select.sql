-- What the request with this key was answered, if there was one, and which request it was.
-- $1 user · $2 key
select (
    select json_build_object('request_hash', request_hash, 'answer', answer)::text
      from idempotency_keys
     where user_id = $1
       and key = $2
) as known
