-- What has to be delivered, and what became of it: one row per event and webhook, which is also the log.
create table deliveries (
    user_id         uuid         not null,
    id              uuid         not null default uuid_v7(),
    webhook_id      uuid         not null,
    event_id        uuid         not null,
    event_type      varchar(100) not null,
    -- The event's place among all.
    position        bigint       not null,
    state           varchar(20)  not null default 'pending',
    attempts        integer      not null default 0,
    -- Of a pending one.
    next_attempt_at timestamptz,
    last_attempt_at timestamptz,
    -- What the last attempt was answered, or why it had no answer.
    last_status     integer,
    last_error      text,
    created_at      timestamptz  not null default now(),

    constraint deliveries_pkey primary key (user_id, id),
    -- An event that comes twice is delivered once.
    constraint deliveries_event_key unique (user_id, webhook_id, event_id),
    constraint deliveries_webhook_fkey foreign key (user_id, webhook_id)
        references webhooks (user_id, id) on delete cascade,
    constraint deliveries_state_check check (state in ('pending', 'delivered', 'failed'))
);

create index idx_deliveries_pending on deliveries (user_id, webhook_id, attempts, position)
    where state = 'pending';
create index idx_deliveries_created_at on deliveries (user_id, webhook_id, created_at, id);
-- They are kept for 29 days: a day less than the events that they are of.
create index idx_deliveries_kept on deliveries (created_at);

-- What a delivery looks like in an answer (domain::Delivery reads it).
create function delivery_json(delivery deliveries) returns jsonb
    language sql stable parallel safe
    return jsonb_build_object(
        'id', (delivery).id,
        'event_id', (delivery).event_id,
        'event_type', (delivery).event_type,
        'state', (delivery).state,
        'attempts', (delivery).attempts,
        'next_attempt_at', json_time((delivery).next_attempt_at),
        'last_attempt_at', json_time((delivery).last_attempt_at),
        'last_status', (delivery).last_status,
        'last_error', (delivery).last_error,
        'created_at', json_time((delivery).created_at)
    );

-- How long to wait before the next attempt, after so many that failed: 10 seconds, then three times as long each time, up to
-- four hours, which is 12 attempts in a day; a tenth more or less, so that what failed together doesn't come together again.
create function delivery_pause(attempts integer) returns interval
    language sql volatile
    return least(10 * 3.0 ^ least(attempts - 1, 10), 14400) * (0.9 + 0.2 * random()) * interval '1 second';

-- The same for a whole webhook: 10 seconds, then twice as long, up to five minutes. So a destination that is away costs one
-- attempt in five minutes, however much waits for it.
create function webhook_pause(failures integer) returns interval
    language sql volatile
    return least(10 * 2.0 ^ least(failures - 1, 10), 300) * (0.9 + 0.2 * random()) * interval '1 second';
