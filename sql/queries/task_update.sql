-- Change a task and write its event, or do neither where the patch changes nothing.
-- No row: there is no such task.
-- $1 user · $2 its id · $3 the patch (domain::TaskPatch): the fields to set, null for none
-- $4 now (the change is told as later than the one before, whatever the clocks say) · $5 event id
-- $6 correlation id · $7 source service
-- $8 versions of which it has to be one, null for any: else nothing is written
-- $9 whether all of it concerns this one of its series or the series (`this`, `series`; null: as task_series has it)
-- $10 idempotency key or null · $11 the request's hash
with old as (
    select task_json(tasks) as task,
           greatest($4::text::timestamptz, updated_at + interval '1 microsecond') as at,
           $8::text is null or version = any ($8::text::bigint[]) as is_expected
      from tasks
     where user_id = $1
       and id = $2
       and status <> 'deleted'
       for update
), updated as (
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
           version         = version + 1,
           updated_at      = old.at,
           last_event_id   = $5
      from old,
           task_patch(old.task, $3::text::jsonb, $9::text) as patch,
           jsonb_to_record(old.task || patch) as new (
               title text, description text, due_date text, timezone text, priority text,
               tags jsonb, reminder_config jsonb, recurrence_rule jsonb, series_id uuid,
               occurrence integer, series_start text, series_fields jsonb
           )
     where user_id = $1
       and id = $2
       and old.is_expected
       and old.task || patch <> old.task
    returning id, task_json(tasks) as task, old.task as old, old.at
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $5, id, 'task.updated', 'task-events', $6,
           jsonb_build_object('task', task, 'old', old), $7, at
      from updated
), outcome as (
    select coalesce(updated.task, old.task) as task, is_expected
      from old
      left join updated on true
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
