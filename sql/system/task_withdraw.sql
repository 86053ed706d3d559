-- Take back the next one of a series, for good, if the task before it is not completed right now and nobody has changed the
-- next one or its reminders since it was made; and write the events of that. A next completion will be answered again.
-- $1 user · $2 the reopened task's id · $3 now · $4 the reopening's correlation id · $5 source service
with reopened as (
    update tasks
       set spawned_for = null
     where user_id = $1
       and id = $2
       and completed_at is null
    returning id
), withdrawn as (
    delete from tasks
     using reopened
     where user_id = $1
       and parent_task_id = $2
       and series_id is not null
       and version = 1
       and not exists (
           select from reminders
            where reminders.user_id = tasks.user_id
              and reminders.task_id = tasks.id
              and (reminders.created_at > tasks.created_at or snoozed_until is not null)
       )
    returning tasks.id, task_json(tasks) as old
), cancelled as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, uuid_v7(), withdrawn.id, 'reminder.cancelled', 'reminders', $4,
           jsonb_build_object(
               'reminder', reminder_json(reminders) || '{"status": "cancelled"}', 'old', reminder_json(reminders)
           ),
           $5, $3::text::timestamptz
      from withdrawn
      join reminders on reminders.user_id = $1 and reminders.task_id = withdrawn.id
     where reminders.status in ('pending', 'sending')
)
insert into events (
    user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
    created_at
)
select $1, uuid_v7(), id, 'task.purged', 'task-events', $4,
       jsonb_build_object('task', jsonb_build_object('id', id), 'old', old), $5,
       $3::text::timestamptz
  from withdrawn
