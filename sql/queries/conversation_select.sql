-- One conversation and a page of its messages, the newest first.
-- $1 user · $2 its id · $3, $4 created_at and id of the message before the page (infinity and
-- anything at the start) · $5 how many at most
select (
    select json_build_object(
               'conversation', conversation_json(conversations),
               'messages', (
                   select coalesce(json_agg(message order by created_at desc, id desc), '[]') from (
                       select message_json(messages) as message, created_at, id
                         from messages
                        where user_id = $1
                          and conversation_id = $2
                          and (created_at, id) < ($3::text::timestamptz, $4::uuid)
                        order by created_at desc, id desc
                        limit $5
                   ) as page
               )
           )::text
      from conversations
     where user_id = $1
       and id = $2
) as conversation
