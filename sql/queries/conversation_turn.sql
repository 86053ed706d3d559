-- One turn of a conversation, all of it or nothing: its messages, what it remembers, the tasks that
-- change and their events. Null: nothing was written, because the conversation or one of the tasks
-- is not any more what the turn was decided on.
-- The changes' event types are domain::ChangeKind's, told in `task-events` as by the statements of
-- single changes.
-- `place = place + 0` says nothing, but has Postgres expect one row and not a hundred, for which it
-- would read a user's every task as long as it has not counted the table; locked rows are found
-- again by ctid for the same reason.
-- $1 user · $2 the caller's name for the conversation · $3 its id (of a new one, its id to be)
-- $4 the version that was read, 0 if it is new · $5 state · $6 time zone
-- $7 messages (a list of domain::NewMessage) · $8 changes (a list of domain::TaskChange)
-- $9 now (as in task_update) · $10 correlation id · $11 source service
-- $12 idempotency key or null · $13 the request's hash · $14 what is answered, but for the outcome
with change as (
    select place, id, event_id, event_type, version, fields
      from rows from (
          jsonb_to_recordset($8::text::jsonb) as (
              id uuid, event_id uuid, event_type text, version bigint, fields jsonb
          )
      ) with ordinality as change (id, event_id, event_type, version, fields, place)
     where place = place + 0
), old as (
    select task.row, task.id, task.task, task.at, change.fields, change.event_id,
           task.version = change.version as is_as_read
      from (select * from change where version > 0 order by id) as change
     cross join lateral (
           select ctid as row, id, version, task_json(tasks) as task,
                  greatest($9::text::timestamptz, updated_at + interval '1 microsecond') as at
             from tasks
            where user_id = $1
              and id = change.id
              for update
     ) as task
), turn as (
    insert into conversations (
        user_id, id, client_key, version, state, timezone, created_at, updated_at, last_message_at
    )
    select $1, $3, $2, 1, $5::text::jsonb, $6, at, at, at
      from (select $9::text::timestamptz as at) as now
     where (select count(*) from change where version > 0)
           = (select count(*) from old where is_as_read)
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
), created as (
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
     where change.version = 0
    returning id, task_json(tasks) as task
), changed as (
    update tasks
       set title           = new.title,
           description     = new.description,
           due_date        = task_due_at(new.due_date, new.timezone),
           all_day         = task_is_all_day(new.due_date),
           timezone        = new.timezone,
           priority        = new.priority,
           tags            = new.tags,
           reminder_config = new.reminder_config,
           recurrence_rule = new.recurrence_rule,
           series_id       = new.series_id,
           occurrence      = new.occurrence,
           series_start    = new.series_start,
           series_fields   = new.series_fields,
           status          = new.status,
           completed_at    = case new.status
                                 when 'active' then null
                                 when 'completed' then coalesce(completed_at, old.at)
                                 else completed_at
                             end,
           deleted_at      = case when new.status = 'deleted' then old.at end,
           version         = version + 1,
           updated_at      = old.at,
           last_event_id   = old.event_id
      from turn, old,
           jsonb_to_record(old.task || task_patch(old.task, old.fields, null)) as new (
               title text, description text, due_date text, timezone text, priority text,
               tags jsonb, reminder_config jsonb, recurrence_rule jsonb, series_id uuid,
               occurrence integer, series_start text, series_fields jsonb, status text
           )
     where tasks.user_id = $1
       and tasks.ctid = old.row
    returning tasks.id, task_json(tasks) as task, old.task as old, old.at
), told as (
    select place, event_id, event_type, told.*
      from change
      join (
          select id, task, null::jsonb as old, $9::text::timestamptz as at from created
          union all
          select id, task, old, at from changed
      ) as told using (id)
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, event_id, id, event_type, 'task-events', $10,
           jsonb_build_object('task', task, 'old', old), $11, at
      from told
     order by place
), outcome as (
    select json_build_object(
               'conversation', turn.id,
               'tasks', (select coalesce(json_agg(task order by place), '[]') from told)
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
