-- Set out to deliver what is due, and say all that it takes. Before that, look again: a reminder that was moved, put off or
-- cancelled, or whose task is over, isn't delivered. Of what was set out for already, nothing comes back. What is more than a
-- call can do is told of again at once.
-- $1 what was told of: a list of {user_id, reminder_id, firing, delivery_id, claim}; without delivery_id, all of a reminder
-- $2 by which methods, an array's text · $3 whether those for failing hosts are put off to where their like wait
with asked as materialized (
    select user_id, reminder_id, firing, delivery_id, coalesce(claim, 0) as claim
      from jsonb_to_recordset($1::text::jsonb) as asked (
           user_id uuid, reminder_id uuid, firing integer, delivery_id uuid, claim integer
      )
), due as materialized (
    select reminder_deliveries.user_id, reminder_deliveries.id, reminder_deliveries.reminder_id,
           $3 and exists (
               select from failing_hosts where failing_hosts.host = reminder_deliveries.host and until > now()
           ) as put_off
      from reminder_deliveries
      join asked
        on asked.user_id = reminder_deliveries.user_id
       and asked.reminder_id = reminder_deliveries.reminder_id
       and asked.firing = reminder_deliveries.firing
       and asked.claim = reminder_deliveries.claim
     where (delivery_id is null or delivery_id = reminder_deliveries.id)
       and state = 'pending'
       and reminder_deliveries.delivery_method = any ($2::text::text[])
     order by reminder_deliveries.user_id, reminder_deliveries.id
       for update of reminder_deliveries
), looked as materialized (
    select due.user_id, due.id, put_off or row_number() over (order by due.user_id, due.id) > 256 as put_off,
           reminders.status = 'sending' and reminders.firing = reminder_deliveries.firing
           and tasks.status = 'active' as stands
      from due
      join reminder_deliveries on reminder_deliveries.user_id = due.user_id and reminder_deliveries.id = due.id
      join reminders on reminders.user_id = due.user_id and reminders.id = due.reminder_id
      join tasks on tasks.user_id = reminders.user_id and tasks.id = reminders.task_id
), taken as (
    update reminder_deliveries
       set state           = case when stands then state else 'cancelled' end,
           claim           = claim + (stands and not put_off)::integer,
           attempts        = attempts + (stands and not put_off)::integer,
           -- An attempt of which nobody has said what came of it may have arrived.
           unknown         = unknown + (under_way and stands and not put_off)::integer,
           lost            = lost + (under_way and stands and not put_off)::integer,
           under_way       = stands and not put_off,
           next_attempt_at = case when not stands then null
                                  when put_off then now()
                                  else now() + interval '1 minute'
                             end
      from looked
     where reminder_deliveries.user_id = looked.user_id
       and reminder_deliveries.id = looked.id
    returning reminder_deliveries.*
)
select coalesce(json_agg(json_build_object(
           'user_id', taken.user_id,
           'delivery_id', taken.id,
           'claim', taken.claim,
           'attempts', taken.attempts,
           'repeated', taken.unknown > 0,
           'reminder_id', reminders.id,
           'task_id', tasks.id,
           'correlation_id', reminders.correlation_id,
           'method', taken.delivery_method,
           'destination', coalesce(
               taken.destination,
               case when taken.delivery_method = 'email' and email_reminders then users.email end
           ),
           'subscription', case when push_subscriptions.id is not null then json_build_object(
               'endpoint', endpoint, 'p256dh', p256dh, 'auth', push_subscriptions.auth
           ) end,
           'unsubscribed', not email_reminders,
           'unsubscribe_token', unsubscribe_token,
           'language', users.language,
           -- Nobody looked, or nobody delivered.
           'late', reminders.late
                   or (taken.attempts = 1
                       and greatest(trigger_time, scheduled_at) < now() - interval '1 minute'),
           'title', title,
           'description', description,
           'due', to_char(
               least(
                   due_date at time zone
                       case when all_day or users.timezone = 'UTC' then tasks.timezone else users.timezone end,
                   -- What comes behind it can't be read.
                   timestamp '9999-12-31 23:59:59'
               ),
               'YYYY-MM-DD"T"HH24:MI:SS'
           ),
           'all_day', all_day,
           'timezone', case when all_day or users.timezone = 'UTC' then tasks.timezone else users.timezone end
       )), '[]')::text as deliveries
  from taken
  join reminders on reminders.user_id = taken.user_id and reminders.id = taken.reminder_id
  join tasks on tasks.user_id = reminders.user_id and tasks.id = reminders.task_id
  join users on users.id = taken.user_id
  left join push_subscriptions
    on push_subscriptions.user_id = taken.user_id
   and push_subscriptions.id = taken.subscription_id
 where under_way
