-- The one place that says what a task looks like outside of its table: in an answer of the API, in
-- an event, in an audit row (domain::Task reads it); and the way back for its due date and its time
-- zone. Each function but timezone_name is one expression that Postgres inlines.

-- RFC 3339 in UTC, whatever the session's time zone is, without trailing zeros.
create function json_time(instant timestamptz) returns text
    language sql stable parallel safe
    return (to_jsonb(instant at time zone 'UTC') #>> '{}') || 'Z';

create function task_json(task tasks) returns jsonb
    language sql stable parallel safe
    return jsonb_build_object(
        'id', (task).id,
        'user_id', (task).user_id,
        'version', (task).version,
        'title', (task).title,
        'description', (task).description,
        'due_date', case when (task).all_day
                         then to_char((task).due_date at time zone (task).timezone, 'YYYY-MM-DD')
                         else json_time((task).due_date)
                    end,
        'all_day', (task).all_day,
        'timezone', (task).timezone,
        'priority', (task).priority,
        'tags', (task).tags,
        'status', (task).status,
        'reminder_config', (task).reminder_config,
        'recurrence_rule', (task).recurrence_rule,
        'reminder_id', (task).reminder_id,
        'parent_task_id', (task).parent_task_id,
        'created_at', json_time((task).created_at),
        'updated_at', json_time((task).updated_at),
        'completed_at', json_time((task).completed_at),
        'deleted_at', json_time((task).deleted_at)
    );

-- A document's `due_date` of ten characters is a day, in the task's time zone.
create function task_is_all_day(due_date text) returns boolean
    language sql immutable parallel safe
    return coalesce(length(due_date) = 10, false);

create function task_due_at(due_date text, timezone text) returns timestamptz
    language sql stable parallel safe
    return case when task_is_all_day(due_date)
                then due_date::date::timestamp at time zone timezone
                else due_date::timestamptz
           end;

-- A time zone as IANA spells it. Postgres finds it in any spelling, tells the right one only of the
-- session's own zone, and takes back what is set in a function that sets the same.
create function timezone_name(name text) returns text
    language sql volatile set timezone = 'UTC'
    return set_config('timezone', name, true);

-- A document's patch (domain::TaskPatch) as it can be laid over a task.
create function task_patch(patch jsonb) returns jsonb
    language sql volatile
    return case when patch ? 'timezone'
                then patch || jsonb_build_object('timezone', timezone_name(patch ->> 'timezone'))
                else patch
           end;
