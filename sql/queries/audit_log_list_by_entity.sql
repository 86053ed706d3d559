-- A page of one entity's audit rows, the newest first.
-- $1 to $6 as in audit_log_list_by_user · $7 entity id · $8 correlation id or null for any
select coalesce(json_agg(entry order by "timestamp" desc, id desc), '[]')::text as list from (
    select audit_log_json(audit_logs) as entry, "timestamp", id
      from audit_logs
     where user_id = $1
       and entity_id = $7
       and ($8::text is null or correlation_id = $8)
       and ($2::text is null or entity_type = $2)
       and ($3::text is null or action = $3)
       and ("timestamp", id) < ($4::text::timestamptz, $5::uuid)
     order by "timestamp" desc, id desc
     limit $6
) as page
