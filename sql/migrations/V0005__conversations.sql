-- `client_key` is what the caller named the conversation; it stands where the customer's sketch
-- had `dapr_state_key`, the key of state that we keep in the row itself.
create table conversations (
    user_id         uuid         not null,
    id              uuid         not null default gen_random_uuid(),
    client_key      varchar(500) not null,
    created_at      timestamptz  not null default now(),
    updated_at      timestamptz  not null default now(),
    last_message_at timestamptz,

    constraint conversations_pkey primary key (user_id, id),
    constraint conversations_client_key_key unique (user_id, client_key)
);
