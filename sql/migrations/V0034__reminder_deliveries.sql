-- What has to be told of a reminder that came due, and what became of it: a row for each place. Here, and not in Kafka, stands
-- how often it was tried.
create table reminder_deliveries (
    user_id         uuid        not null,
    id              uuid        not null default uuid_v7(),
    reminder_id     uuid        not null,
    -- Which time of its reminder's coming due.
    firing          integer     not null,
    delivery_method varchar(20) not null,
    destination     text,
    -- Of a push.
    subscription_id uuid,
    -- Who has to answer: what one host doesn't take keeps none for another waiting.
    host            text        not null,
    state           varchar(20) not null default 'pending',
    attempts        integer     not null default 0,
    -- Grows when somebody sets out to deliver: whoever has an older number has nothing to do any more.
    claim           integer     not null default 0,
    -- Whether somebody has set out and hasn't said what came of it.
    under_way       boolean     not null default false,
    -- Attempts of which nobody knows whether they arrived.
    unknown         integer     not null default 0,
    -- Those among them of which nobody has said anything: we were at fault, not who was to answer.
    lost            integer     not null default 0,
    -- When the relay tells of it again; while it is under way, when that is taken for lost. Null: it is over.
    next_attempt_at timestamptz,
    last_error      text,
    created_at      timestamptz not null default now(),

    constraint reminder_deliveries_pkey primary key (user_id, id),
    constraint reminder_deliveries_reminder_fkey foreign key (user_id, reminder_id)
        references reminders (user_id, id) on delete cascade,
    constraint reminder_deliveries_state_check check (state in ('pending', 'delivered', 'failed', 'cancelled'))
);

create index idx_reminder_deliveries_reminder on reminder_deliveries (user_id, reminder_id, firing);
create index idx_reminder_deliveries_next_attempt_at on reminder_deliveries (next_attempt_at)
    where next_attempt_at is not null;
create index idx_reminder_deliveries_over on reminder_deliveries (created_at) where state <> 'pending';

-- Hosts that failed last: what is for them goes to a topic where only their like wait.
create table failing_hosts (
    host  text        not null,
    until timestamptz not null,

    constraint failing_hosts_pkey primary key (host)
);

-- The host of an address, or what stands for it.
create function address_host(address text) returns text
    language sql immutable parallel safe
    return coalesce(lower(substring(address from '^[a-z]+://([^/?#]*)')), '');
