-- A page of the audit rows that one request caused, the newest first.
-- $1 to $9 as in audit_log_list_by_user · $10 correlation id
select coalesce(json_agg(entry order by "timestamp" desc, id desc), '[]')::text as list from (
    select audit_log_json(audit_logs) as entry, "timestamp", id
      from audit_logs
     where user_id = $1
       and correlation_id = $10
       and ($2::text is null or entity_type = $2)
       and ($3::text is null or action = $3)
       and ($4::text is null or actor_id = $4)
       and "timestamp" >= coalesce($5::text::timestamptz, '-infinity')
       and "timestamp" < coalesce($6::text::timestamptz, 'infinity')
       and ("timestamp", id) < ($7::text::timestamptz, $8::uuid)
     order by "timestamp" desc, id desc
     limit $9
) as page
