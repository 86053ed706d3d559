-- Tasks that have had a rule all along begin their series where they are. What was completed before is not continued.
update tasks
   set series_id    = id,
       occurrence   = 1,
       series_start = task_wall(task_json(tasks) ->> 'due_date', timezone),
       spawned_for  = completed_at
 where recurrence_rule is not null;
