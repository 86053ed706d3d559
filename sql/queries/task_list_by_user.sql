-- A page of tasks, the newest first; those in the trash are not among them.
-- $1 user · $2, $3 created_at and id of the task before the page (infinity and anything at the
-- start) · $4 how many at most
select coalesce(json_agg(task order by created_at desc, id desc), '[]')::text as list from (
    select task_json(tasks) as task, created_at, id
      from tasks
     where user_id = $1
       and status <> 'deleted'
       and (created_at, id) < ($2::text::timestamptz, $3::uuid)
     order by created_at desc, id desc
     limit $4
) as page
