-- A document's `due_date` on the wall of its time zone: a day, or a time without fractions of a second.
create function task_wall(due_date text, timezone text) returns text
    language sql stable parallel safe
    return case when length(due_date) in (10, 19)
                then due_date
                else to_char(
                    due_date::timestamptz at time zone timezone, 'YYYY-MM-DD"T"HH24:MI:SS'
                )
           end;

-- What a patch means for a task's series. A new rule begins a series, and so does a due date or a time zone that is said
-- to be the series' (`scope`); the first due date is where it begins. Otherwise a due date and a time zone are this
-- one's alone and all else is the series', unless `scope` says what all of it is. What is this one's alone leaves in
-- `series_fields` what the series had, until it is the same again.
create function task_series(task jsonb, patch jsonb, scope text) returns jsonb
    language sql volatile
    return (
        select case
                   when new -> 'recurrence_rule' = 'null' then jsonb_build_object(
                       'series_id', null, 'occurrence', null, 'series_start', null,
                       'series_fields', null
                   )
                   when begins then jsonb_build_object(
                       'series_id', uuid_v7(),
                       'occurrence', 1,
                       'series_start', task_wall(new ->> 'due_date', new ->> 'timezone'),
                       'series_fields', nullif(own - array['due_date', 'timezone'], '{}')
                   )
                   else jsonb_build_object('series_fields', own)
               end
          from (select task || patch as new, task -> 'series_fields' as fields) as laid
         cross join lateral (
               select new -> 'recurrence_rule' <> task -> 'recurrence_rule'
                      or task -> 'series_id' = 'null'
                      or (task -> 'series_start' = 'null' and new -> 'due_date' <> 'null')
                      or (scope = 'series'
                          and patch ?| array['due_date', 'timezone']
                          and (new -> 'due_date' <> task -> 'due_date'
                               or new -> 'timezone' <> task -> 'timezone'
                               or coalesce(fields ?| array['due_date', 'timezone'], false))) as begins
         ) as beginning
         cross join lateral (
               select jsonb_object_agg(field, value) as own
                 from (
                   select field, coalesce(fields -> field, task -> field) as value
                     from unnest(array[
                              'title', 'description', 'due_date', 'timezone', 'priority', 'tags',
                              'reminder_config'
                          ]) as field
                    where case when not patch ? field then fields ? field
                               when scope is null then field in ('due_date', 'timezone')
                               else scope = 'this'
                          end
                 ) as kept
                where value <> new -> field
         ) as owned
    );

-- A patch as it can be laid over a task (task_json), with what it means for the task's series. One that names the series
-- itself takes a change back.
create function task_patch(task jsonb, patch jsonb, scope text) returns jsonb
    language sql volatile
    return case when patch ? 'series_id'
                     or coalesce(
                            nullif(patch -> 'recurrence_rule', 'null'),
                            nullif(task -> 'recurrence_rule', 'null')
                        ) is null
                then task_patch(patch)
                else task_patch(patch) || task_series(task, task_patch(patch), scope)
           end;
