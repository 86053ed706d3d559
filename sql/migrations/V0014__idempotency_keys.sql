-- Idempotency keys of clients: a request that changes something may name one, and then has its effect once, however
-- often it comes. The key is written by the statement of the change, with what the statement answers. Where it is there
-- already, idempotency_keys_pkey undoes the whole statement; one that races with the first waits for it there.
create table idempotency_keys (
    user_id      uuid         not null,
    key          varchar(255) not null,
    -- SHA-256 of method, path and body, in hexadecimal: the same key with another request is a mistake.
    request_hash text         not null,
    -- What the request was answered.
    answer       json         not null,
    created_at   timestamptz  not null default now(),

    constraint idempotency_keys_pkey primary key (user_id, key)
);

-- They are kept for two days.
create index idx_idempotency_keys_created_at on idempotency_keys (created_at);
