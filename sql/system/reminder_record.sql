-- Note what became of attempts, and of their reminders: sent, once every delivery is over and one has arrived; failed, where
-- none has. An attempt that failed, or of which nobody knows, is repeated: five in all, those not counted that were lost.
-- Hosts that don't answer are remembered for a while. Of a claim that doesn't count any more, nothing is noted.
-- $1 the attempts: a list of {user_id, delivery_id, claim, outcome, error} (store::reminders::Attempt)
with attempt as materialized (
    select user_id, delivery_id, claim, outcome, error
      from jsonb_to_recordset($1::text::jsonb) as attempt (
           user_id uuid, delivery_id uuid, claim integer, outcome text, error text
      )
), locked as materialized (
    -- Before their deliveries and in an order of their own, so that two statements don't wait for each other.
    select reminders.user_id, reminders.id
      from reminders
     where (user_id, id) in (
           select reminder_deliveries.user_id, reminder_id
             from attempt
             join reminder_deliveries
               on reminder_deliveries.user_id = attempt.user_id
              and reminder_deliveries.id = attempt.delivery_id
     )
     order by user_id, id
       for update
), known as materialized (
    select reminder_deliveries.user_id, reminder_deliveries.id, reminder_id, outcome, attempt.error, subscription_id, host,
           case when outcome = 'delivered' then 'delivered'
                when outcome in ('failed', 'unknown') and attempts - lost < 5 then 'pending'
                else 'failed'
           end as new_state
      from attempt
      join reminder_deliveries
        on reminder_deliveries.user_id = attempt.user_id
       and reminder_deliveries.id = attempt.delivery_id
       and reminder_deliveries.claim = attempt.claim
      join locked
        on locked.user_id = reminder_deliveries.user_id
       and locked.id = reminder_id
     where under_way
     order by reminder_deliveries.user_id, reminder_deliveries.id
       for update of reminder_deliveries
), noted as (
    update reminder_deliveries
       set state           = new_state,
           under_way       = false,
           unknown         = unknown + (outcome = 'unknown')::integer,
           last_error      = known.error,
           next_attempt_at = case when new_state = 'pending' then now() + delivery_pause(attempts - lost) end
      from known
     where reminder_deliveries.user_id = known.user_id
       and reminder_deliveries.id = known.id
    returning reminder_deliveries.user_id, reminder_deliveries.reminder_id, reminder_deliveries.firing, state, attempts,
              unknown, known.error
), told as (
    select user_id, reminder_id, firing,
           count(*) filter (where state <> 'pending') as over,
           count(*) filter (where state = 'delivered') as arrived,
           max(attempts) as attempts,
           -- The last one's doubt is none if it was refused; the others may have arrived as well.
           sum(unknown) as unknown,
           max(error) as error
      from noted
     group by user_id, reminder_id, firing
), reminder as (
    update reminders
       set open_deliveries     = open_deliveries - over,
           delivered           = delivered + arrived,
           possible_duplicates = greatest(possible_duplicates, told.unknown),
           retry_count         = greatest(retry_count, told.attempts - 1),
           last_retry_at       = case when told.attempts > 1 then now() else last_retry_at end,
           last_error          = coalesce(told.error, last_error),
           status              = case when status <> 'sending' or open_deliveries > over then status
                                      when delivered + arrived > 0 then 'sent'
                                      else 'failed'
                                 end,
           sent_at             = case when arrived > 0 then now() else sent_at end
      from told
     where reminders.user_id = told.user_id
       and reminders.id = told.reminder_id
       and reminders.firing = told.firing
    returning reminders.user_id, task_id, status, correlation_id, reminder_json(reminders) as reminder,
              open_deliveries = 0 and over > 0 as is_over
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service
    )
    select user_id, uuid_v7(), task_id::text, 'reminder.' || status, 'reminders', correlation_id,
           jsonb_build_object('reminder', reminder, 'old', null), 'reminder-fire'
      from reminder
     where is_over
       and status in ('sent', 'failed')
), gone as (
    delete from push_subscriptions
     using known
     where push_subscriptions.user_id = known.user_id
       and push_subscriptions.id = known.subscription_id
       and outcome = 'gone'
), failing as (
    insert into failing_hosts (host, until)
    select distinct host, now() + interval '5 minutes'
      from known
     where outcome in ('failed', 'unknown')
     order by host
        on conflict (host) do update set until = excluded.until
), recovered as (
    delete from failing_hosts
     using known
     where failing_hosts.host = known.host
       and outcome = 'delivered'
       and not exists (
           select from known as other where other.host = known.host and other.outcome in ('failed', 'unknown')
       )
)
select count(*)::text as noted from noted
