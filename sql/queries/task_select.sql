-- One task. $1 user · $2 its id
select (
    select task_json(tasks)::text
      from tasks
     where user_id = $1
       and id = $2
       and status <> 'deleted'
) as task
