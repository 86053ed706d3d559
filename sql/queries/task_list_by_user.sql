-- A page of tasks, the newest first; those in the trash are not among them.
-- $1 user · $2 status or null for any · $3, $4 created_at and id of the task before the page
-- (infinity and anything at the start) · $5 how many at most
select task_json(tasks)::text as task
  from tasks
 where user_id = $1
   and status <> 'deleted'
   and ($2::text is null or status = $2)
   and (created_at, id) < ($3::text::timestamptz, $4::uuid)
 order by created_at desc, id desc
 limit $5
