-- Move a task to the trash and write its event. No row: there is no such task, or it is there.
-- $1 user · $2 its id · $3 now (as in task_update) · $4 event id · $5 correlation id
-- $6 source service · $7 versions as $8 in task_update · $8 idempotency key or null
-- $9 the request's hash
with old as (
    select task_json(tasks) as task,
           greatest($3::text::timestamptz, updated_at + interval '1 microsecond') as at,
           $7::text is null or version = any ($7::text::bigint[]) as is_expected
      from tasks
     where user_id = $1
       and id = $2
       and status <> 'deleted'
       for update
), deleted as (
    update tasks
       set status        = 'deleted',
           deleted_at    = old.at,
           updated_at    = old.at,
           version       = version + 1,
           last_event_id = $4
      from old
     where user_id = $1
       and id = $2
       and old.is_expected
    returning id, task_json(tasks) as task, old.task as old, old.at
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $4, id, 'task.deleted', 'task-events', $5,
           jsonb_build_object('task', task, 'old', old), $6, at
      from deleted
), outcome as (
    select coalesce(deleted.task, old.task) as task, is_expected
      from old
      left join deleted on true
), key as (
    insert into idempotency_keys (user_id, key, request_hash, answer, created_at)
    select $1, $8::text, $9, task::json, $3::text::timestamptz
      from outcome
     where $8::text is not null
       and is_expected
)
select (
    select json_build_object('task', task, 'is_expected', is_expected)::text from outcome
) as outcome
