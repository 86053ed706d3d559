-- A task with a rule is one of a series from the moment that it has the rule, so what continues a series never has to
-- change the task that was done, which would be a change without an event. Of a new task the series has its id.
alter table tasks
    add column series_id     uuid,
    -- Which of its series it is, from 1.
    add column occurrence    integer,
    -- What the rule counts from (RFC 5545's DTSTART): a day, or a time on the wall. Null: there is no due date yet.
    add column series_start  text,
    -- What this one has otherwise than its series: the values that the next one takes. `due_date` is when it would be due.
    add column series_fields jsonb,
    -- The completion that was answered with a next task: of one completion there is one, whatever becomes of it.
    add column spawned_for   timestamptz,
    add constraint tasks_occurrence_check check (occurrence > 0),
    add constraint tasks_series_fields_check check (jsonb_typeof(series_fields) = 'object');

-- Tasks without a series, which are most, are in neither. What is in the trash is nobody's next one.
create unique index tasks_series_occurrence_key on tasks (user_id, series_id, occurrence)
    where series_id is not null and status <> 'deleted';
create index idx_tasks_parent_task_id on tasks (user_id, parent_task_id)
    where parent_task_id is not null;
