-- The refresh tokens of a session: the one that continues it, and those that were used. A used one
-- that comes again was stolen, or its thief has used it first: the session ends, and all of its
-- tokens with it.
create table refresh_tokens (
    user_id    uuid        not null,
    session_id uuid        not null,
    -- SHA-256 of the token, in hexadecimal digits.
    hash       text        not null,
    created_at timestamptz not null default now(),
    used_at    timestamptz,

    constraint refresh_tokens_pkey primary key (hash),
    constraint refresh_tokens_hash_check check (char_length(hash) = 64),
    constraint refresh_tokens_session_fkey foreign key (user_id, session_id)
        references sessions (user_id, id) on delete cascade
);

create index idx_refresh_tokens_session on refresh_tokens (user_id, session_id);
create index idx_refresh_tokens_used_at on refresh_tokens (used_at) where used_at is not null;
