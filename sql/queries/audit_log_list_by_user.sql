-- A page of a user's audit rows, the newest first.
-- $1 user · $2 entity type · $3 action · $4 actor · $5 since when · $6 until before when, each null
-- for any · $7, $8 timestamp and id of the row before the page (infinity and anything at the start)
-- $9 how many at most
select coalesce(json_agg(entry order by "timestamp" desc, id desc), '[]')::text as list from (
    select audit_log_json(audit_logs) as entry, "timestamp", id
      from audit_logs
     where user_id = $1
       and ($2::text is null or entity_type = $2)
       and ($3::text is null or action = $3)
       and ($4::text is null or actor_id = $4)
       and "timestamp" >= coalesce($5::text::timestamptz, '-infinity')
       and "timestamp" < coalesce($6::text::timestamptz, 'infinity')
       and ("timestamp", id) < ($7::text::timestamptz, $8::uuid)
     order by "timestamp" desc, id desc
     limit $9
) as page
