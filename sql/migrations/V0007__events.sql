-- The outbox. A change inserts its event in the same statement, from the changed row's `returning`,
-- so that `seq` follows the row's lock; the relay gives committed events their `position`.
create table events (
    id                uuid         not null default gen_random_uuid(),
    user_id           uuid         not null,
    -- What the event is about (a task's id): the key of its record in Kafka.
    subject           text         not null,
    seq               bigint       not null generated always as identity,
    -- The place in the one order that readers follow; null until the relay has seen it committed.
    position          bigint,
    event_type        varchar(100) not null,
    topic_name        varchar(100) not null,
    correlation_id    varchar(100) not null,
    payload           jsonb        not null,
    source_service    varchar(100) not null,
    processing_status varchar(20)  not null default 'processed',
    error_message     text,
    created_at        timestamptz  not null default now(),
    processed_at      timestamptz,

    constraint events_pkey primary key (id),
    constraint events_subject_check check (char_length(subject) <= 100),
    constraint events_processing_status_check
        check (processing_status in ('processed', 'failed', 'retrying'))
);

-- Each index is paid for by every write, twice (by the insert and by the relay's update), so ours
-- hold only the rows that somebody looks for. The one of correlation ids is the customer's.
create unique index events_position_key on events (position) where position is not null;
create index idx_events_unpositioned on events (seq) where position is null;
create index idx_events_event_type on events (event_type) where processing_status <> 'processed';
create index idx_events_correlation_id on events (correlation_id);
