-- A new password for the old one, and the event; whoever is logged in has to log in again. Null: the
-- password is not the old one any more.
-- $1 user · $2 hash of the old password · $3 of the new one
-- $4 now · $5 event id · $6 correlation id · $7 source service
with updated as (
    update users
       set password_hash = $3,
           updated_at    = $4::text::timestamptz
     where id = $1
       and password_hash = $2
    returning id
), ended as (
    delete from sessions using updated
     where user_id = $1
    returning user_id
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $5, id::text, 'user.password_changed', 'audit-events', $6,
           jsonb_build_object('user', jsonb_build_object('id', id), 'old', null), $7,
           $4::text::timestamptz
      from updated
)
select (select to_json(id)::text from updated) as id
