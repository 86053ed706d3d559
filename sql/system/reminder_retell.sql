-- Tell again of deliveries that are due again, or whose attempt was lost. The events are nobody's: no user hears of them.
-- They belong to what their reminder belongs to.
-- $1 how many at most
with due as (
    select user_id, id
      from reminder_deliveries
     where next_attempt_at <= now()
     order by next_attempt_at
     limit $1
       for update skip locked
), told as (
    update reminder_deliveries
       set next_attempt_at = now() + interval '10 minutes'
      from due
     where reminder_deliveries.user_id = due.user_id
       and reminder_deliveries.id = due.id
    returning reminder_deliveries.user_id, reminder_deliveries.id, reminder_id, firing, claim
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service
    )
    select '00000000-0000-0000-0000-000000000000', uuid_v7(), told.id::text,
           'reminder.retry', 'reminders-retry', reminders.correlation_id,
           jsonb_build_object(
               'user_id', told.user_id, 'reminder_id', reminder_id, 'firing', told.firing, 'delivery_id', told.id,
               'claim', claim
           ),
           'relay'
      from told
      join reminders on reminders.user_id = told.user_id and reminders.id = told.reminder_id
)
select count(*) from told
