-- A page of reminders, the newest first.
-- $1 user · $2 task, or null for any · $3 status, or null for any
-- $4, $5 created_at and id of the row before the page (infinity and anything at the start) · $6 how many at most
select coalesce(json_agg(reminder order by created_at desc, id desc), '[]')::text as list
  from (
    select reminder_json(reminders) as reminder, created_at, id
      from reminders
     where user_id = $1
       and ($2::uuid is null or task_id = $2)
       and ($3::text is null or status = $3)
       and (created_at, id) < ($4::text::timestamptz, $5::uuid)
     order by created_at desc, id desc
     limit $6
  ) as page
