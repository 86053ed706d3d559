-- A page of the tasks that a filter lets through, in any order. All of one user's tasks are looked at, as an index finds
-- them; the filter is data: one static statement serves every filter. What is due on a day alone is due until that day of
-- whoever asks ends.
-- $1 user · $2 the filter, a predicate of the JSON path language (domain::Filter writes it), null for none
-- $3 its values by name; {base, add} is a time · $4 the time zone in which days are meant · $5 words to search for, or null
-- $6 what to order by: created, updated, due, priority or title · $7 whether the greatest come first
-- $8, $9 key and id of the task before the page, null at the start · $10 how many at most
-- $11 of which status it may be, as an array's text
with vars as (
    select coalesce(jsonb_object_agg(name, case jsonb_typeof(value)
               when 'object' then to_jsonb(extract(epoch from (
                   case value ->> 'base'
                       when 'now' then now() at time zone $4
                       when 'today' then date_trunc('day', now() at time zone $4)
                       else case when length(value ->> 'base') = 10
                                 then (value ->> 'base')::timestamp
                                 else (value ->> 'base')::timestamptz at time zone $4
                            end
                   end + coalesce(nullif(value ->> 'add', '')::interval, interval '0')
               ) at time zone $4))
               else value
           end), '{}') as vars
      from jsonb_each($3::text::jsonb) as given (name, value)
), found as (
    select task_json(tasks) as task, key, id
      from vars, tasks
     cross join lateral (
           select case $6::text
                      when 'created' then to_jsonb(extract(epoch from created_at))
                      when 'updated' then to_jsonb(extract(epoch from updated_at))
                      -- Without a due date it comes last, whichever comes first.
                      when 'due' then to_jsonb(coalesce(
                          extract(epoch from due_date), case when $7 then -1e18 else 1e18 end
                      ))
                      when 'priority' then to_jsonb(array_position(
                          array['low', 'medium', 'high'], priority::text
                      ))
                      when 'title' then to_jsonb(lower(title))
                  end as key
     ) as sorted
     where user_id = $1
       and status = any ($11::text::text[])
       and ($5::text is null or words @@ websearch_to_tsquery('simple', $5))
       and ($2::text is null
            or jsonb_path_match(
                   jsonb_build_object(
                       'status', status,
                       'priority', array_position(array['low', 'medium', 'high'], priority::text),
                       'tag', lower(tags::text)::jsonb,
                       'title', lower(title),
                       'due', extract(epoch from case
                           when all_day
                           then ((due_date at time zone timezone)::date + 1)::timestamp at time zone $4
                                - interval '1 microsecond'
                           else due_date
                       end),
                       'created', extract(epoch from created_at),
                       'updated', extract(epoch from updated_at),
                       'completed', extract(epoch from completed_at)
                   ),
                   $2::text::jsonpath, vars, true
               ))
       and ($8::text is null
            or case when $7 then (key, id) < ($8::text::jsonb, $9::uuid)
                    else (key, id) > ($8::text::jsonb, $9::uuid)
               end)
     order by case when $7 then key end desc, case when $7 then id end desc, key, id
     limit $10
)
select coalesce(json_agg(
           json_build_object('task', task, 'key', key::text, 'id', id)
           order by case when $7 then key end desc, case when $7 then id end desc, key, id
       ), '[]')::text as list
  from found
