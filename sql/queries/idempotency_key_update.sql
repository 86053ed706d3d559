-- Note what a request of several parts is answered, unless that is known: of two at once it is what
-- the first to end was answered. Null: the key is not kept any more.
-- $1 user · $2 key · $3 answer
with noted as (
    update idempotency_keys
       set answer = case when answer::text = 'null' then $3::text::json else answer end
     where user_id = $1
       and key = $2
    returning answer
)
select (select answer::text from noted) as answer
