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
--
-- In PL/pgSQL, which keeps its plans: in SQL it is planned anew by each call, which takes a millisecond.
create function task_series(task jsonb, patch jsonb, scope text) returns jsonb
    language plpgsql volatile
as $$
declare
    laid   constant jsonb  := task || patch;
    fields constant jsonb  := coalesce(nullif(task -> 'series_fields', 'null'), '{}');
    times  constant text[] := array['due_date', 'timezone'];
    own    jsonb;
    begins boolean;
begin
    if laid -> 'recurrence_rule' = 'null' then
        return jsonb_build_object(
            'series_id', null, 'occurrence', null, 'series_start', null, 'series_fields', null
        );
    end if;
    select jsonb_object_agg(field, value)
      into own
      from (
        select field, coalesce(fields -> field, task -> field) as value
          from unnest(array[
                   'title', 'description', 'due_date', 'timezone', 'priority', 'tags',
                   'reminder_config'
               ]) as field
         where case when not patch ? field then fields ? field
                    when scope is null then field = any (times)
                    else scope = 'this'
               end
      ) as kept
     where value <> laid -> field;
    begins := laid -> 'recurrence_rule' <> task -> 'recurrence_rule'
        or task -> 'series_id' = 'null'
        or (task -> 'series_start' = 'null' and laid -> 'due_date' <> 'null')
        or (scope = 'series'
            and patch ?| times
            and (fields ?| times
                 or laid -> 'due_date' <> task -> 'due_date'
                 or laid -> 'timezone' <> task -> 'timezone'));
    if not coalesce(begins, false) then
        return jsonb_build_object('series_fields', own);
    end if;
    return jsonb_build_object(
        'series_id', uuid_v7(),
        'occurrence', 1,
        'series_start', task_wall(laid ->> 'due_date', laid ->> 'timezone'),
        'series_fields', nullif(own - times, '{}')
    );
end
$$;

-- A patch as it can be laid over a task (task_json), with what it means for the task's series. One that names the series
-- itself takes a change back.
create function task_patch(task jsonb, patch jsonb, scope text) returns jsonb
    language plpgsql volatile
as $$
declare
    laid constant jsonb := task_patch(patch);
begin
    if patch ? 'series_id'
       or coalesce(
              nullif(patch -> 'recurrence_rule', 'null'),
              nullif(task -> 'recurrence_rule', 'null')
          ) is null
    then
        return laid;
    end if;
    return laid || task_series(task, laid, scope);
end
$$;
