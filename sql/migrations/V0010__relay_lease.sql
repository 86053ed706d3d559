-- One row: which relay is active, and how far it has come.
create table relay_lease (
    id            smallint    not null default 1,
    -- Names the active relay; a new name for each start.
    holder        text        not null default '',
    -- Grows each time the lease is taken; an old holder's statements don't match it.
    epoch         bigint      not null default 0,
    expires_at    timestamptz not null default '-infinity',
    -- The last position that was given to an event.
    last_position bigint      not null default 0,
    -- Every event up to this position is acknowledged by Kafka.
    published     bigint      not null default 0,

    constraint relay_lease_pkey primary key (id),
    constraint relay_lease_one_row check (id = 1)
);

insert into relay_lease default values;
