-- The tasks that a sentence may mean, with their due time on the wall of who asks: those with more
-- of its words first, then active ones, then what is due first. One that is due on a day alone is due on that day
-- of whoever asks, and overdue when it is over.
-- $1 user · $2 time zone · $3 what is wanted (domain::TaskSearch) · $4 how many at most
with wanted as (
    select *
      from jsonb_to_record($3::text::jsonb) as wanted (
           ids uuid[], words text[], statuses text[], overdue boolean, due_from timestamp,
           due_before timestamp, priority text, tags text
      )
), found as (
    select task_json(tasks) as task,
           due_local, matches, tasks.status = 'active' as is_active, tasks.due_date, created_at, id
      from wanted, tasks
     cross join lateral (
           select count(*) as matches
             from unnest(wanted.words) as word
            where position(word in translate(lower(title), 'يك', 'یک')) > 0
     ) as words
     cross join lateral (
           select tasks.due_date at time zone case when all_day then timezone else $2 end as due_local
     ) as due
     where user_id = $1
       and status = any (wanted.statuses)
       and (wanted.ids is null or id = any (wanted.ids))
       and (wanted.words is null or matches > 0)
       and (not wanted.overdue
            or case when all_day then due_local < date_trunc('day', now() at time zone $2)
                    else due_date < now()
               end)
       and (wanted.due_from is null or due_local >= wanted.due_from)
       and (wanted.due_before is null or due_local < wanted.due_before)
       and (wanted.priority is null or tasks.priority = wanted.priority)
       and lower(tasks.tags::text)::jsonb @> lower(wanted.tags)::jsonb
), page as (
    select *
      from found
     order by matches desc, is_active desc, due_date, created_at desc, id desc
     limit $4
)
select json_build_object(
           'tasks', coalesce(json_agg(
               json_build_object(
                   'task', task,
                   'due_local', to_char(due_local, 'YYYY-MM-DD"T"HH24:MI:SS')
               )
               order by matches desc, is_active desc, due_date, created_at desc, id desc
           ), '[]'),
           'total', (select count(*) from found)
       )::text as found
  from page
