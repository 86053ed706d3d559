-- What a conversation remembers from one message to the next: the open question and what was spoken
-- of (assistant::Memory), the time zone of its author; `version` grows with each turn, so that of
-- two messages at once one is decided on what the other has left.
alter table conversations
    add column state    jsonb,
    add column version  bigint not null default 0,
    add column timezone text   not null default 'UTC',
    add constraint conversations_state_check check (
        jsonb_typeof(state) = 'object' and pg_column_size(state) <= 65536
    ),
    add constraint conversations_timezone_check check (
        created_at at time zone timezone is not null
    );
