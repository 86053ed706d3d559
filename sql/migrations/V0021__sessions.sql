-- One row per log-in, for as long as it is continued. It ends by being deleted.
create table sessions (
    user_id    uuid        not null,
    id         uuid        not null,
    created_at timestamptz not null default now(),
    -- Moves with each refresh.
    expires_at timestamptz not null,

    constraint sessions_pkey primary key (user_id, id)
);

create index idx_sessions_expires_at on sessions (expires_at);
