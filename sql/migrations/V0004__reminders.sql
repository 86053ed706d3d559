create table reminders (
    user_id         uuid         not null,
    id              uuid         not null default gen_random_uuid(),
    task_id         uuid         not null,
    trigger_time    timestamptz  not null,
    status          varchar(20)  not null default 'pending',
    delivery_method varchar(20)  not null,
    destination     varchar(500) not null,
    retry_count     integer      not null default 0,
    last_retry_at   timestamptz,
    created_at      timestamptz  not null default now(),
    sent_at         timestamptz,

    constraint reminders_pkey primary key (user_id, id),
    constraint reminders_task_fkey foreign key (user_id, task_id) references tasks on delete cascade,
    constraint reminders_status_check check (status in ('pending', 'sent', 'failed')),
    constraint reminders_delivery_method_check check (delivery_method in ('email', 'push'))
);

create index idx_reminders_task_id on reminders (user_id, task_id);
-- The relay looks for what is due, whoever's it is.
create index idx_reminders_trigger_time on reminders (trigger_time);
