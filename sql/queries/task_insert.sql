-- A new task and its event. With a rule it is the first of a series, which has its id.
-- $1 user · $2 its id · $3 title · $4 description · $5 due date (RFC 3339, or a day) · $6 time zone
-- $7 priority · $8 tags · $9 reminder config · $10 recurrence rule
-- $11 now · $12 event id · $13 correlation id · $14 source service
-- $15 idempotency key or null · $16 the request's hash
with inserted as (
    insert into tasks (
        user_id, id, title, description, due_date, all_day, timezone, priority, tags,
        reminder_config, recurrence_rule, series_id, occurrence, series_start, created_at,
        updated_at, last_event_id
    )
    values (
        $1, $2, $3, $4, task_due_at($5::text, $6::text), task_is_all_day($5::text),
        timezone_name($6::text), $7, $8::text::jsonb, $9::text::jsonb, $10::text::jsonb,
        case when $10::text is not null then $2::uuid end,
        case when $10::text is not null then 1 end,
        case when $10::text is not null then task_wall($5::text, $6::text) end,
        $11::text::timestamptz, $11::text::timestamptz, $12
    )
    returning id, task_json(tasks) as task
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $12, id, 'task.created', 'task-events', $13,
           jsonb_build_object('task', task, 'old', null), $14, $11::text::timestamptz
      from inserted
), key as (
    insert into idempotency_keys (user_id, key, request_hash, answer, created_at)
    select $1, $15::text, $16, task::json, $11::text::timestamptz
      from inserted
     where $15::text is not null
)
select task::text as task from inserted
