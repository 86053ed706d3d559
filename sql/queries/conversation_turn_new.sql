-- One turn of a conversation that changes no task that is there: as conversation_turn, without what finds and changes
-- tasks, which would be a tenth of the time of a turn. Most turns are like this: a new task, a list, a question.
-- $1 to $14 as in conversation_turn; of the changes, each has the version 0
with change as (
    select place, id, event_id, event_type, fields
      from rows from (
          jsonb_to_recordset($8::text::jsonb) as (
              id uuid, event_id uuid, event_type text, fields jsonb
          )
      ) with ordinality as change (id, event_id, event_type, fields, place)
), turn as (
    insert into conversations (
        user_id, id, client_key, version, state, timezone, created_at, updated_at, last_message_at
    )
    select $1, $3, $2, 1, $5::text::jsonb, $6, at, at, at
      from (select $9::text::timestamptz as at) as now
        on conflict (user_id, client_key) do update
       set version         = conversations.version + 1,
           state           = excluded.state,
           timezone        = excluded.timezone,
           updated_at      = excluded.updated_at,
           last_message_at = greatest(
               excluded.last_message_at,
               conversations.last_message_at + interval '10 microseconds'
           )
     where conversations.id = excluded.id
       and conversations.version = $4
    returning id, last_message_at as at
), message as (
    insert into messages (
        user_id, id, conversation_id, role, content, intent_detected, skill_agent_used,
        confidence_score, processing_time_ms, created_at
    )
    select $1, message.id, turn.id, role, content, intent_detected, skill_agent_used,
           confidence_score, processing_time_ms, turn.at + place * interval '1 microsecond'
      from turn,
           rows from (
               jsonb_to_recordset($7::text::jsonb) as (
                   id uuid, role text, content text, intent_detected text, skill_agent_used text,
                   confidence_score float, processing_time_ms integer
               )
           ) with ordinality as message (
               id, role, content, intent_detected, skill_agent_used, confidence_score,
               processing_time_ms, place
           )
), inserted as (
    insert into tasks (
        user_id, id, title, description, due_date, all_day, timezone, priority, tags,
        reminder_config, recurrence_rule, series_id, occurrence, series_start, created_at,
        updated_at, last_event_id
    )
    select $1, change.id, new.title, new.description,
           task_due_at(new.due_date, new.timezone), task_is_all_day(new.due_date), new.timezone,
           new.priority, new.tags, new.reminder_config, new.recurrence_rule,
           case when new.recurrence_rule is not null then change.id end,
           case when new.recurrence_rule is not null then 1 end,
           case when new.recurrence_rule is not null
                then task_wall(new.due_date, new.timezone)
           end,
           $9::text::timestamptz, $9::text::timestamptz, change.event_id
      from turn, change,
           jsonb_to_record(change.fields) as new (
               title text, description text, due_date text, timezone text, priority text,
               tags jsonb, reminder_config jsonb, recurrence_rule jsonb
           )
    returning id, task_json(tasks) as task
), created as (
    select place, id, event_id, event_type, task
      from inserted
      join change using (id)
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, event_id, id, event_type, 'task-events', $10,
           jsonb_build_object('task', task, 'old', null), $11, $9::text::timestamptz
      from created
     order by place
), outcome as (
    select json_build_object(
               'conversation', turn.id,
               'tasks', (select coalesce(json_agg(task order by place), '[]') from created)
           ) as outcome
      from turn
), key as (
    insert into idempotency_keys (user_id, key, request_hash, answer, created_at)
    select $1, $12::text, $13, json_build_object('spoken', $14::text::json, 'outcome', outcome),
           $9::text::timestamptz
      from outcome
     where $12::text is not null
)
select (select outcome::text from outcome) as outcome
