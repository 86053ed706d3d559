-- Set fields of a task as it was read and write the event of that: what takes its last change back, or moves it to the
-- next one of its series. No row: there is no such task.
-- $1 user · $2 its id · $3 the fields to set, as task_json names them, and `status`
-- $4 now (as in task_update) · $5 event id · $6 correlation id · $7 source service
-- $8 the version that was read: else nothing is written
-- $9 the event's type, domain::ChangeKind's · $10 idempotency key or null · $11 the request's hash
with old as (
    select task_json(tasks) as task,
           greatest($4::text::timestamptz, updated_at + interval '1 microsecond') as at,
           version = $8 as is_expected
      from tasks
     where user_id = $1
       and id = $2
       for update
), changed as (
    update tasks
       set title           = new.title,
           description     = new.description,
           due_date        = task_due_at(new.due_date, new.timezone),
           all_day         = task_is_all_day(new.due_date),
           timezone        = new.timezone,
           priority        = new.priority,
           tags            = new.tags,
           reminder_config = new.reminder_config,
           recurrence_rule = new.recurrence_rule,
           series_id       = new.series_id,
           occurrence      = new.occurrence,
           series_start    = new.series_start,
           series_fields   = new.series_fields,
           status          = new.status,
           completed_at    = new.completed_at,
           deleted_at      = case when new.status = 'deleted' then old.at end,
           version         = version + 1,
           updated_at      = old.at,
           last_event_id   = $5
      from old,
           jsonb_to_record(old.task || $3::text::jsonb) as new (
               title text, description text, due_date text, timezone text, priority text,
               tags jsonb, reminder_config jsonb, recurrence_rule jsonb, series_id uuid,
               occurrence integer, series_start text, series_fields jsonb, status text,
               completed_at timestamptz
           )
     where user_id = $1
       and id = $2
       and old.is_expected
    returning id, task_json(tasks) as task, old.task as old, old.at
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $5, id, $9, 'task-events', $6, jsonb_build_object('task', task, 'old', old), $7, at
      from changed
), outcome as (
    select coalesce(changed.task, old.task) as task, is_expected
      from old
      left join changed on true
), key as (
    insert into idempotency_keys (user_id, key, request_hash, answer, created_at)
    select $1, $10::text, $11, task::json, $4::text::timestamptz
      from outcome
     where $10::text is not null
       and is_expected
)
select (
    select json_build_object('task', task, 'is_expected', is_expected)::text from outcome
) as outcome
