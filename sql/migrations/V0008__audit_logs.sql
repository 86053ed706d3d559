-- One row per event, under the event's id: an event that arrives twice is written once.
create table audit_logs (
    id             uuid         not null,
    user_id        uuid         not null,
    entity_type    varchar(100) not null,
    entity_id      varchar(100) not null,
    action         varchar(50)  not null,
    actor_type     varchar(20)  not null,
    actor_id       varchar(100) not null,
    old_values     jsonb,
    new_values     jsonb,
    "timestamp"    timestamptz  not null default now(),
    correlation_id varchar(100) not null,

    constraint audit_logs_pkey primary key (id),
    constraint audit_logs_actor_type_check check (actor_type in ('user', 'system', 'service'))
);

-- The newest first, page by page: of one entity, of one request, of all.
create index idx_audit_entity on audit_logs (user_id, entity_id, "timestamp" desc, id desc);
create index idx_audit_correlation_id
    on audit_logs (user_id, correlation_id, "timestamp" desc, id desc);
create index idx_audit_timestamp on audit_logs (user_id, "timestamp" desc, id desc);
