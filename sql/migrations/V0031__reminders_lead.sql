-- A reminder comes at a time of its own (`at`) or so long before its task is due (`lead`), and may be put off. When that is,
-- `trigger_time` says; null: its task has no due date.
alter table reminders
    alter column trigger_time drop not null,
    -- Null: wherever its user is reached by this method.
    alter column destination drop not null,
    -- An ISO 8601 duration of weeks, days, hours, minutes and seconds.
    add column lead          text,
    add column at            timestamptz,
    add column snoozed_until timestamptz,
    -- By which request it was scheduled last, and when.
    add column scheduled_at        timestamptz not null default now(),
    add column correlation_id      varchar(100) not null default '',
    -- How often it came due; and of the last time: whether that was noticed late, how many deliveries have no outcome yet, how
    -- many have arrived, and how many may have arrived twice.
    add column firing              integer not null default 0,
    add column late                boolean not null default false,
    add column open_deliveries     integer not null default 0,
    add column delivered           integer not null default 0,
    add column possible_duplicates integer not null default 0,
    add column last_error          text,
    drop constraint reminders_status_check,
    -- Cancelled is what ended with its task, and comes back with it. What its user cancels is gone.
    add constraint reminders_status_check check (status in ('pending', 'sending', 'sent', 'failed', 'cancelled')),
    drop constraint reminders_delivery_method_check,
    add constraint reminders_delivery_method_check check (delivery_method in ('email', 'push', 'webhook'));

-- From before: each had a time.
update reminders set at = trigger_time;

alter table reminders
    add constraint reminders_when_check check ((lead is null) <> (at is null));

-- The relay looks for what is due, whoever's it is, and not at what is over.
drop index idx_reminders_trigger_time;
create index idx_reminders_trigger_time on reminders (trigger_time) where status = 'pending';
create index idx_reminders_created_at on reminders (user_id, created_at desc, id desc);

-- What a reminder looks like in an answer and in an event (domain::Reminder reads it).
create function reminder_json(reminder reminders) returns jsonb
    language sql stable parallel safe
    return jsonb_build_object(
        'id', (reminder).id,
        'user_id', (reminder).user_id,
        'task_id', (reminder).task_id,
        'trigger_time', json_time((reminder).trigger_time),
        'status', (reminder).status,
        'delivery_method', (reminder).delivery_method,
        'destination', (reminder).destination,
        'lead_time', (reminder).lead,
        'at', json_time((reminder).at),
        'snoozed_until', json_time((reminder).snoozed_until),
        'late', (reminder).late,
        'retry_count', (reminder).retry_count,
        'last_retry_at', json_time((reminder).last_retry_at),
        'last_error', (reminder).last_error,
        'possible_duplicates', (reminder).possible_duplicates,
        'created_at', json_time((reminder).created_at),
        'sent_at', json_time((reminder).sent_at)
    );
