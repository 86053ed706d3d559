-- Note the key of a request of several parts, each of which has a key of its own with what it was
-- answered.
-- $1 user · $2 key · $3 the request's hash · $4 now
insert into idempotency_keys (user_id, key, request_hash, answer, created_at)
values ($1, $2, $3, 'null', $4::text::timestamptz)
returning answer::text as answer
