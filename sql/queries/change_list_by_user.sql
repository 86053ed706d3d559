-- What happened to a user's things after a place in the one order of events, and where to go on.
-- $1 user · $2 the place, null for the last one there is · $3 how many at most
-- $4 whether log-ins, tokens and whatever else goes to the audit alone belong to it
with last as (
    select last_position as position
      from relay_lease
), page as (
    select position, change_json(events) as change
      from events
     where user_id = $1
       and position > coalesce($2::bigint, (select position from last))
       and ($4 or topic_name <> 'audit-events')
     order by position
     limit $3
)
select json_build_object(
           'items', coalesce(json_agg(change order by page.position), '[]'),
           'next', coalesce(max(page.position), $2::bigint, (select position from last)),
           'purged', (select purged from relay_lease)
       )::text as changes
  from page
