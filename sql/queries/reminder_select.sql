-- A reminder. Null: there is no such reminder. $1 user · $2 its id
select (select reminder_json(reminders)::text from reminders where user_id = $1 and id = $2) as reminder
