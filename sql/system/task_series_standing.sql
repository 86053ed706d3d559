-- A task, whatever its status, and whether its completion was answered with a next one. Null: there is no such task.
-- $1 user · $2 its id
select (
    select json_build_object(
               'task', task_json(tasks),
               'is_continued', spawned_for is not distinct from completed_at
           )::text
      from tasks
     where user_id = $1
       and id = $2
) as standing
