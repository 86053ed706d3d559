-- Change the user and write the event, or neither where the patch changes nothing. Null: there is no
-- such user.
-- $1 user · $2 the patch (domain::UserPatch): the fields to set
-- $3 now · $4 event id · $5 correlation id · $6 source service
with old as (
    select user_json(users) as account, user_event_json(users) as event
      from users
     where id = $1
       for update
), updated as (
    update users
       set timezone        = patch.new ->> 'timezone',
           language        = patch.new ->> 'language',
           email_reminders = (patch.new ->> 'email_reminders')::boolean,
           updated_at      = $3::text::timestamptz
      from (select account, account || task_patch($2::text::jsonb) as new from old) as patch
     where id = $1
       and patch.new <> patch.account
    returning user_json(users) as account, user_event_json(users) as event
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $4, $1::uuid::text, 'user.updated', 'audit-events', $5,
           jsonb_build_object('user', updated.event, 'old', old.event), $6, $3::text::timestamptz
      from updated, old
)
select (
    select coalesce(updated.account, old.account)::text from old left join updated on true
) as account
