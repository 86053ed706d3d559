-- The key starts with the user, as every statement does; what belongs to a task refers to both.
-- The guest checks tighter limits and says which field breaks them (domain::NewTask); these are for
-- everyone else who may write.
create table tasks (
    user_id         uuid         not null,
    id              uuid         not null default gen_random_uuid(),
    version         bigint       not null default 1,
    title           varchar(500) not null,
    description     text,
    -- The instant; for an all-day task the start of its local day in its time zone.
    due_date        timestamptz,
    all_day         boolean      not null default false,
    timezone        text         not null default 'UTC',
    priority        varchar(20)  not null default 'medium',
    tags            jsonb        not null default '[]',
    status          varchar(20)  not null default 'active',
    reminder_config jsonb,
    recurrence_rule jsonb,
    reminder_id     uuid,
    parent_task_id  uuid,
    created_at      timestamptz  not null default now(),
    updated_at      timestamptz  not null default now(),
    completed_at    timestamptz,
    deleted_at      timestamptz,

    constraint tasks_pkey primary key (user_id, id),
    constraint tasks_title_check check (title <> ''),
    constraint tasks_description_check check (char_length(description) <= 10000),
    constraint tasks_all_day_check check (due_date is not null or not all_day),
    -- Postgres knows the time zones; a guest would need a table of them. An unknown one is an
    -- error of class 22023.
    constraint tasks_timezone_check check (created_at at time zone timezone is not null),
    constraint tasks_priority_check check (priority in ('low', 'medium', 'high')),
    constraint tasks_tags_check check (
        case when jsonb_typeof(tags) = 'array'
             then jsonb_array_length(tags) <= 50 and pg_column_size(tags) <= 32768
             else false
        end
    ),
    constraint tasks_status_check check (status in ('active', 'completed', 'deleted')),
    constraint tasks_reminder_config_check check (
        jsonb_typeof(reminder_config) = 'object' and pg_column_size(reminder_config) <= 32768
    ),
    constraint tasks_recurrence_rule_check check (
        jsonb_typeof(recurrence_rule) = 'object' and pg_column_size(recurrence_rule) <= 32768
    )
);

-- The newest first, page by page.
create index idx_tasks_user_id on tasks (user_id, created_at desc, id desc);
create index idx_tasks_status on tasks (user_id, status, created_at desc, id desc);
create index idx_tasks_due_date on tasks (user_id, due_date) where due_date is not null;
