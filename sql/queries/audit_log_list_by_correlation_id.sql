-- A page of the audit rows that one request caused, the newest first.
-- $1 to $6 as in audit_log_list_by_user · $7 correlation id
select coalesce(json_agg(entry order by "timestamp" desc, id desc), '[]')::text as list from (
    select audit_log_json(audit_logs) as entry, "timestamp", id
      from audit_logs
     where user_id = $1
       and correlation_id = $7
       and ($2::text is null or entity_type = $2)
       and ($3::text is null or action = $3)
       and ("timestamp", id) < ($4::text::timestamptz, $5::uuid)
     order by "timestamp" desc, id desc
     limit $6
) as page
