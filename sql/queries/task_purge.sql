-- Delete a task of the trash for good and write its event, which tells what there was. No row: no
-- such task is in the trash.
-- $1 user · $2 its id · $3 now (as in task_update) · $4 event id · $5 correlation id
-- $6 source service · $7 versions as $8 in task_update
with old as (
    select task_json(tasks) as task,
           greatest($3::text::timestamptz, updated_at + interval '1 microsecond') as at,
           $7::text is null or version = any ($7::text::bigint[]) as is_expected
      from tasks
     where user_id = $1
       and id = $2
       and status = 'deleted'
       for update
), purged as (
    delete from tasks
     using old
     where user_id = $1
       and id = $2
       and old.is_expected
    returning id, old.task as old, old.at
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $4, id, 'task.purged', 'task-events', $5,
           jsonb_build_object('task', jsonb_build_object('id', id), 'old', old), $6, at
      from purged
)
select (
    select json_build_object('task', task, 'is_expected', is_expected)::text from old
) as outcome
