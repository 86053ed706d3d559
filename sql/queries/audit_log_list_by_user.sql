-- A page of a user's audit rows, the newest first.
-- $1 user · $2 entity type · $3 action, each null for any
-- $4, $5 timestamp and id of the row before the page (infinity and anything at the start)
-- $6 how many at most
select coalesce(json_agg(entry order by "timestamp" desc, id desc), '[]')::text as list from (
    select audit_log_json(audit_logs) as entry, "timestamp", id
      from audit_logs
     where user_id = $1
       and ($2::text is null or entity_type = $2)
       and ($3::text is null or action = $3)
       and ("timestamp", id) < ($4::text::timestamptz, $5::uuid)
     order by "timestamp" desc, id desc
     limit $6
) as page
