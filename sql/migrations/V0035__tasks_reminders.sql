-- Reminders follow their tasks, whichever statement changes these: they move with the due date, end with the task and come
-- back with it. It stands in triggers because ten statements change tasks, and none may forget it.

-- So long before a task is due. Days are counted on the wall, hours by the clock; a day without a time is due at nine. Before
-- our era there are no times that can be written.
create function reminder_time(lead interval, due_date timestamptz, all_day boolean, timezone text) returns timestamptz
    language sql stable parallel safe
    -- Of nothing and a time, `greatest` is the time.
    return case when due_date is not null then greatest(
        (
            -- A day may begin after its midnight, where the clock is changed then.
            case when all_day
                 then date_trunc('day', due_date at time zone timezone) + interval '9 hours'
                 else due_date at time zone timezone
            end - date_trunc('day', lead)
        ) at time zone timezone - (lead - date_trunc('day', lead)),
        timestamptz '0001-01-01 00:00:00+00'
    ) end;

-- What a task's `reminder_config` says. Guests check it (domain::ReminderConfig); what was kept before they did may be
-- anything, and says nothing then.
create function reminder_config_lead(config jsonb) returns text
    language plpgsql stable set intervalstyle = 'iso_8601'
as $$
begin
    if config ? 'at' then
        return null;
    end if;
    return upper(coalesce(config ->> 'lead_time', config ->> 'lead', 'PT0S'))::interval;
exception when data_exception then
    return null;
end
$$;

create function reminder_config_time(config jsonb, key text, timezone text) returns timestamptz
    language plpgsql stable
as $$
begin
    return task_due_at(config ->> key, timezone);
exception when data_exception then
    return null;
end
$$;

-- The short form of one reminder has an id of its own: the task says which.
create function task_name_reminder() returns trigger
    language plpgsql
as $$
begin
    new.reminder_id = case when new.reminder_config is not null then coalesce(new.reminder_id, uuid_v7()) end;
    return new;
end
$$;

create trigger tasks_name_reminder_on_insert
    before insert on tasks
    for each row
    when (new.reminder_config is not null)
    execute function task_name_reminder();

create trigger tasks_name_reminder_on_update
    before update on tasks
    for each row
    when (old.reminder_config is distinct from new.reminder_config)
    execute function task_name_reminder();

create function task_schedule_reminders() returns trigger
    language plpgsql
as $$
declare
    moved      boolean := true;
    configured boolean := new.reminder_config is not null;
    was_id     uuid;
    cause      record;
begin
    if tg_op = 'UPDATE' then
        moved = (old.due_date, old.all_day, old.timezone) is distinct from (new.due_date, new.all_day, new.timezone);
        configured = configured and old.reminder_config is distinct from new.reminder_config;
        was_id = old.reminder_id;
    end if;
    select correlation_id, source_service into cause from events where id = new.last_event_id;

    if was_id is not null and new.reminder_id is null then
        with dropped as (
            delete from reminders
             where user_id = new.user_id
               and id = was_id
            returning status, reminder_json(reminders) as reminder
        )
        insert into events (
            user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service, created_at
        )
        select new.user_id, uuid_v7(), new.id, 'reminder.cancelled', 'reminders',
               coalesce(cause.correlation_id, uuid_v7()::text),
               jsonb_build_object('reminder', reminder || '{"status": "cancelled"}', 'old', reminder),
               coalesce(cause.source_service, 'task'), new.updated_at
          from dropped
         where status in ('pending', 'sending');
    end if;

    -- The short form becomes a reminder like any other.
    if configured then
        insert into reminders (
            user_id, id, task_id, delivery_method, destination, lead, at, snoozed_until, created_at
        )
        select new.user_id, new.reminder_id, new.id,
               case when method in ('push', 'webhook') then method else 'email' end,
               case when method = 'webhook' then left(new.reminder_config ->> 'destination', 500) end,
               case when config.at is null then coalesce(config.lead, 'PT0S') end, config.at,
               case when snoozed_until > now() then snoozed_until end, new.updated_at
          from (
            select new.reminder_config ->> 'delivery_method' as method,
                   reminder_config_lead(new.reminder_config) as lead,
                   reminder_config_time(new.reminder_config, 'at', new.timezone) as at,
                   reminder_config_time(new.reminder_config, 'snoozed_until', new.timezone) as snoozed_until
          ) as config
            on conflict (user_id, id) do update
           set delivery_method = excluded.delivery_method,
               destination     = excluded.destination,
               lead            = excluded.lead,
               at              = excluded.at,
               snoozed_until   = excluded.snoozed_until;
    end if;

    with known as materialized (
        select reminders.*, reminder_json(reminders) as reminder
          from reminders
         where user_id = new.user_id
           and task_id = new.id
         order by id
           for update
    ), timed as (
        select id, status, trigger_time, lead, snooze, reminder,
               coalesce(snooze, at, reminder_time(lead::interval, new.due_date, new.all_day, new.timezone)) as time
          from known
         -- Whoever moves a task means its reminder, too, that was put off.
         cross join lateral (
               select case when moved and lead is not null and not (configured and id = new.reminder_id)
                           then null
                           else snoozed_until
                      end as snooze
         ) as put_off
    ), judged as (
        select id, status as was, reminder, snooze, time,
               case when new.status <> 'active'
                    then case when status in ('pending', 'sending') then 'cancelled' else status end
                    when time is not distinct from trigger_time and status <> 'cancelled' then status
                    when time is null then case when status in ('sent', 'failed') then status else 'pending' end
                    -- One that comes too late for its time, but not for its task, comes at once.
                    when time > now()
                         or (lead is not null
                             and reminder_time('0', new.due_date, new.all_day, new.timezone) > now())
                    then 'pending'
                    when status = 'pending' then 'cancelled'
                    else status
               end as new_status
          from timed
    ), changed as (
        update reminders
           set trigger_time   = judged.time,
               snoozed_until  = judged.snooze,
               status         = judged.new_status,
               scheduled_at   = now(),
               correlation_id = coalesce(cause.correlation_id, reminders.correlation_id)
          from judged
         where reminders.user_id = new.user_id
           and reminders.id = judged.id
           and (trigger_time, snoozed_until, reminders.status)
               is distinct from (judged.time, judged.snooze, judged.new_status)
        returning reminder_json(reminders) as reminder, judged.reminder as before, judged.was, reminders.status,
                  reminders.trigger_time, configured and was_id is null and reminders.id = new.reminder_id as is_new
    )
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service, created_at
    )
    select new.user_id, uuid_v7(), new.id,
           case status when 'pending' then 'reminder.scheduled' else 'reminder.cancelled' end, 'reminders',
           coalesce(cause.correlation_id, uuid_v7()::text),
           jsonb_build_object('reminder', reminder, 'old', case when not is_new then before end),
           coalesce(cause.source_service, 'task'), new.updated_at
      from changed
     where (status = 'pending' and trigger_time is not null)
        or (status = 'cancelled' and was <> 'cancelled');
    return null;
end
$$;

create trigger tasks_schedule_reminders_on_insert
    after insert on tasks
    for each row
    -- Whoever continues a series copies its reminders, too.
    when (new.reminder_config is not null or new.parent_task_id is not null)
    execute function task_schedule_reminders();

create trigger tasks_schedule_reminders_on_update
    after update on tasks
    for each row
    when ((old.due_date, old.all_day, old.timezone, old.status, old.reminder_config)
          is distinct from (new.due_date, new.all_day, new.timezone, new.status, new.reminder_config))
    execute function task_schedule_reminders();
