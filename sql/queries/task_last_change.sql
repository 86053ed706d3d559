-- A task, also of the trash, and what it was before its last change: by its event, or once that is
-- thrown away by its audit row, which has the same id. No row: there is no such task.
-- $1 user · $2 its id
select (
    select json_build_object(
               'task', task_json(tasks),
               'is_known', coalesce(events.id, audit_logs.id) is not null,
               'old', coalesce(nullif(events.payload -> 'old', 'null'), audit_logs.old_values)
           )::text
      from tasks
      left join events on events.user_id = $1 and events.id = tasks.last_event_id
      left join audit_logs on audit_logs.user_id = $1 and audit_logs.id = tasks.last_event_id
     where tasks.user_id = $1
       and tasks.id = $2
) as last_change
