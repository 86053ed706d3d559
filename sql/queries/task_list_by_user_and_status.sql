-- A page of the tasks of one status, the newest first. A statement of its own, because a plan that
-- must also do for any status can't use the index.
-- $1 to $4 as in task_list_by_user · $5 status
select coalesce(json_agg(task order by created_at desc, id desc), '[]')::text as list from (
    select task_json(tasks) as task, created_at, id
      from tasks
     where user_id = $1
       and status = $5
       and (created_at, id) < ($2::text::timestamptz, $3::uuid)
     order by created_at desc, id desc
     limit $4
) as page
