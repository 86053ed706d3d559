-- Forget a conversation and all that was said in it (its messages go with it), and write its event,
-- which doesn't tell what it was about. No row: there is no such conversation.
-- $1 user · $2 its id · $3 now · $4 event id · $5 correlation id · $6 source service
with deleted as (
    delete from conversations
     where user_id = $1
       and id = $2
    returning id
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select $1, $4, id, 'conversation.deleted', 'audit-events', $5,
           jsonb_build_object('conversation', jsonb_build_object('id', id), 'old', null), $6,
           $3::text::timestamptz
      from deleted
)
select id from deleted
