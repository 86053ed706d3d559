-- task_json as it was, and which of its series a task is.
create or replace function task_json(task tasks) returns jsonb
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
        'series_id', (task).series_id,
        'occurrence', (task).occurrence,
        'series_start', (task).series_start,
        'series_fields', (task).series_fields,
        'created_at', json_time((task).created_at),
        'updated_at', json_time((task).updated_at),
        'completed_at', json_time((task).completed_at),
        'deleted_at', json_time((task).deleted_at)
    );
