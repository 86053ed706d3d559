-- Delete for good what has been in the trash for 30 days, and write the events that tell of it. Tasks
-- that somebody has locked are left for the next time; a restored one is not in the trash any more.
-- $1 how many at most
with old as (
    select ctid as row, task_json(tasks) as task
      from tasks
     where deleted_at < now() - interval '30 days'
     order by deleted_at
     limit $1
       for update skip locked
), purged as (
    delete from tasks
     using old
     where tasks.ctid = old.row
    returning user_id, id, old.task as old
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service
    )
    select user_id, uuid_v7(), id, 'task.purged', 'task-events', uuid_v7(),
           jsonb_build_object('task', jsonb_build_object('id', id), 'old', old), 'relay'
      from purged
)
select count(*) from purged
