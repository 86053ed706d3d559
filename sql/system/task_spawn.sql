-- The next one of a series after one that was completed, and its event. It is made only if the task is completed right now,
-- in the trash or not, as it was read, and if nobody has made a next one for this completion: the row is locked by noting it. Where a next
-- one is there (the task was reopened, and somebody had changed its next one meanwhile), it stays the only one.
-- It has what its series has: the task's own fields, and over them what the task has otherwise than its series. That a
-- reminder was put off is this one's alone.
-- Says whether the completion is answered by this, as text.
-- $1 user · $2 the completed task's id · $3 the version that was read · $4 the next one's id · $5 its due date
-- $6 what its rule counts from · $7 now · $8 event id · $9 the completion's correlation id · $10 source service
with completed as (
    update tasks
       set spawned_for = completed_at
     where user_id = $1
       and id = $2
       and version = $3
       and completed_at is not null
       and spawned_for is distinct from completed_at
    returning id, reminder_id, coalesce(series_id, id) as series_id, coalesce(occurrence, 1) + 1 as occurrence,
              task_json(tasks) || coalesce(series_fields, '{}') as fields
), spawned as (
    insert into tasks (
        user_id, id, title, description, due_date, all_day, timezone, priority, tags,
        reminder_config, recurrence_rule, parent_task_id, series_id, occurrence, series_start,
        created_at, updated_at, last_event_id
    )
    select $1, $4, new.title, new.description, task_due_at($5::text, new.timezone),
           task_is_all_day($5::text), new.timezone, new.priority, new.tags,
           case when not new.reminder_config ? 'at'
                 and (new.reminder_config = '{}' or reminder_frame(new.reminder_config) is not null)
                then new.reminder_config - 'snoozed_until'
           end,
           new.recurrence_rule, completed.id,
           completed.series_id, completed.occurrence, $6, $7::text::timestamptz,
           $7::text::timestamptz, $8
      from completed,
           jsonb_to_record(completed.fields) as new (
               title text, description text, timezone text, priority text, tags jsonb,
               reminder_config jsonb, recurrence_rule jsonb
           )
     where not exists (
           select from tasks where user_id = $1 and parent_task_id = $2 and status <> 'deleted'
     )
        on conflict (user_id, series_id, occurrence)
     where series_id is not null and status <> 'deleted'
        do nothing
    returning id, task_json(tasks) as task
), reminder as (
    -- Those with a time of their own are over, and that of `reminder_config` the next one has already. When they come, a
    -- trigger of tasks finds out (V0035).
    insert into reminders (user_id, id, task_id, delivery_method, destination, lead, created_at)
    select $1, uuid_v7(), spawned.id, delivery_method, destination, lead, $7::text::timestamptz
      from spawned, completed, reminders
     where reminders.user_id = $1
       and reminders.task_id = $2
       and lead is not null
       and reminders.id is distinct from completed.reminder_id
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $8, id, 'task.created', 'task-events', $9,
           jsonb_build_object('task', task, 'old', null), $10, $7::text::timestamptz
      from spawned
)
select (count(*) > 0)::text as is_answered from completed
