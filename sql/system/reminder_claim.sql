-- Claim the reminders that are due, write the events that tell of it, and a delivery for each place where their users are to
-- hear of them. What is noticed more than a minute late, because nobody looked, says so.
-- Says how many, and how late each.
-- $1 how many at most
with due as (
    select user_id, id
      from reminders
     where status = 'pending'
       and trigger_time <= now()
     order by trigger_time
     limit $1
       for update skip locked
), claimed as (
    update reminders
       set status              = 'sending',
           firing              = firing + 1,
           late                = greatest(trigger_time, scheduled_at) < now() - interval '1 minute',
           retry_count         = 0,
           last_retry_at       = null,
           last_error          = null,
           sent_at             = null,
           delivered           = 0,
           possible_duplicates = 0,
           open_deliveries     = case
               when delivery_method = 'push' then greatest(1, (
                   select count(*) from push_subscriptions where push_subscriptions.user_id = reminders.user_id
               ))
               else 1
           end
      from due
     where reminders.user_id = due.user_id
       and reminders.id = due.id
    returning reminders.user_id, reminders.id, task_id, firing, delivery_method, destination, correlation_id,
              reminder_json(reminders) as reminder,
              extract(epoch from now() - greatest(trigger_time, scheduled_at))::float8 as late_seconds
), delivery as (
    insert into reminder_deliveries (
        user_id, reminder_id, firing, delivery_method, destination, subscription_id, host, next_attempt_at
    )
    select claimed.user_id, claimed.id, firing, delivery_method, destination, push_subscriptions.id,
           case delivery_method
               when 'email' then 'email'
               else address_host(coalesce(push_subscriptions.endpoint, destination))
           end,
           -- By then the event's record is lost.
           now() + interval '10 minutes'
      from claimed
      left join push_subscriptions
        on delivery_method = 'push'
       and push_subscriptions.user_id = claimed.user_id
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service
    )
    select user_id, uuid_v7(), task_id::text, 'reminder.due', 'reminders', correlation_id,
           jsonb_build_object('reminder', reminder, 'old', null, 'firing', firing), 'relay'
      from claimed
)
select count(*), coalesce(array_agg(late_seconds), '{}') as late_seconds from claimed
