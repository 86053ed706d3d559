-- The words of a task, to search by; `simple`, because titles are of any language. No index of its own: a search looks at
-- one user's tasks, which idx_tasks_user_id finds, and an index of all users' words would grow with all of them.
alter table tasks
    add column words tsvector not null generated always as (
        to_tsvector('simple', title || ' ' || coalesce(description, ''))
    ) stored;
