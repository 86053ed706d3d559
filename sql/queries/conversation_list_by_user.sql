-- A page of conversations, the one that was spoken in last first.
-- $1 user · $2, $3 updated_at and id of the one before the page (infinity and anything at the start)
-- $4 how many at most
select coalesce(json_agg(conversation order by updated_at desc, id desc), '[]')::text as list from (
    select conversation_json(conversations) as conversation, updated_at, id
      from conversations
     where user_id = $1
       and (updated_at, id) < ($2::text::timestamptz, $3::uuid)
     order by updated_at desc, id desc
     limit $4
) as page
