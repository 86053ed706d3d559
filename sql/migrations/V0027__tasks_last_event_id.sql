-- The event of a task's last change, by which that change is undone: an id and no index on events,
-- which every write would pay for. Null: from before this migration.
alter table tasks add column last_event_id uuid;
