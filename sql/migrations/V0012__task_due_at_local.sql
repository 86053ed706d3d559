-- A due date of 19 characters, `YYYY-MM-DDTHH:MM:SS`, is the time on the wall in the task's time
-- zone: what people say is local, and only Postgres has the table of zones. One with an offset has
-- at least 20.
create or replace function task_due_at(due_date text, timezone text) returns timestamptz
    language sql stable parallel safe
    return case when length(due_date) in (10, 19)
                then due_date::timestamp at time zone timezone
                else due_date::timestamptz
           end;
