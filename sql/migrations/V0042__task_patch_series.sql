-- A document's `due_date` on the wall of its time zone: a day, or a time without fractions of a second.
create function task_wall(due_date text, timezone text) returns text
    language sql stable parallel safe
    return case when length(due_date) in (10, 19)
                then due_date
                else to_char(
                    due_date::timestamptz at time zone timezone, 'YYYY-MM-DD"T"HH24:MI:SS'
                )
           end;

-- A rule without what ends it or leaves times out: what it counts from stays if the rest does.
create function rule_frame(rule jsonb) returns jsonb
    language sql stable parallel safe
    return case when jsonb_typeof(rule) = 'object'
                then rule - array['count', 'until', 'exceptions', 'after_completion']
                else rule
           end;

-- A rule that has so many times less to come, one at least.
create function rule_after(rule jsonb, passed integer) returns jsonb
    language sql stable parallel safe
    return case when jsonb_typeof(rule -> 'count') = 'number'
                then rule || jsonb_build_object('count', greatest(1, (rule ->> 'count')::bigint - passed))
                when rule ->> 'rrule' ~* 'COUNT='
                then rule || jsonb_build_object('rrule', regexp_replace(
                         rule ->> 'rrule', 'COUNT=[0-9]+',
                         'COUNT=' || greatest(1, substring(rule ->> 'rrule' from '(?i)COUNT=([0-9]+)')::bigint - passed), 'i'
                     ))
                else rule
           end;

-- A reminder without that it was put off, which is this one's alone.
create function reminder_frame(config jsonb) returns jsonb
    language sql stable parallel safe
    return case when jsonb_typeof(config) = 'object' then nullif(config - 'snoozed_until', '{}') else config end;

-- What a patch means for a task's series. A new rule begins a series, and so does a due date or a time zone that is said
-- to be the series' (`scope`), with what its rule has left; the first due date is where it begins. Otherwise a due date and
-- a time zone are this one's alone and all else is the series', unless `scope` says what all of it is. What is this one's
-- alone leaves in `series_fields` what the series had, until it is the same again.
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
    -- Of the two, what the series is to have otherwise from here on.
    moved  text[] := '{}';
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
                    when scope is null
                    then field = any (times)
                         or (field = 'reminder_config'
                             and laid -> field ? 'snoozed_until'
                             and reminder_frame(laid -> field) is not distinct from
                                 reminder_frame(nullif(task -> field, 'null')))
                    else scope = 'this'
               end
      ) as kept
     where value <> laid -> field;
    begins := rule_frame(laid -> 'recurrence_rule') <> rule_frame(task -> 'recurrence_rule')
        or task -> 'series_id' = 'null'
        or (task -> 'series_start' = 'null' and laid -> 'due_date' <> 'null');
    if coalesce(begins, false) then
        return jsonb_build_object(
            'series_id', uuid_v7(),
            'occurrence', 1,
            'series_start', task_wall(laid ->> 'due_date', laid ->> 'timezone'),
            'series_fields', nullif(own - times, '{}')
        );
    end if;
    if scope = 'series' then
        select coalesce(array_agg(field), '{}')
          into moved
          from unnest(times) as field
         where patch ? field
           and (fields ? field or laid -> field <> task -> field);
    end if;
    if moved = '{}' then
        return jsonb_build_object('series_fields', own);
    end if;
    -- Where this one was moved and the series is not, it begins where this one would have been.
    own := nullif(own - moved, '{}');
    return jsonb_build_object(
        'series_id', uuid_v7(),
        'occurrence', 1,
        'series_start', task_wall(
            coalesce(own ->> 'due_date', laid ->> 'due_date'), coalesce(own ->> 'timezone', laid ->> 'timezone')
        ),
        'series_fields', own,
        'recurrence_rule', rule_after(laid -> 'recurrence_rule', coalesce((task ->> 'occurrence')::integer, 1) - 1)
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
