-- Take back the next one of a series, for good, if the task before it is active right now and nobody has changed the next
-- one since it was made; and write the event of that. A next completion will be answered again.
-- $1 user · $2 the reopened task's id · $3 now · $4 the reopening's correlation id · $5 source service
with reopened as (
    update tasks
       set spawned_for = null
     where user_id = $1
       and id = $2
       and status = 'active'
    returning id
), withdrawn as (
    delete from tasks
     using reopened
     where user_id = $1
       and parent_task_id = $2
       and series_id is not null
       and version = 1
    returning tasks.id, task_json(tasks) as old
)
insert into events (
    user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
    created_at
)
select $1, uuid_v7(), id, 'task.purged', 'task-events', $4,
       jsonb_build_object('task', jsonb_build_object('id', id), 'old', old), $5,
       $3::text::timestamptz
  from withdrawn
