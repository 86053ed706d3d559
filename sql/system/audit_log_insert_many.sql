-- Audit rows for a batch of events; one that is there already stays as it is.
-- $1 the rows (a list of domain::AuditEntry)
insert into audit_logs (
    user_id, id, entity_type, entity_id, action, actor_type, actor_id, old_values, new_values,
    "timestamp", correlation_id
)
select user_id, id, entity_type, entity_id, action, actor_type, actor_id, old_values, new_values,
       "timestamp", correlation_id
  from jsonb_to_recordset($1::text::jsonb) as entry (
       user_id uuid, id uuid, entity_type text, entity_id text, action text, actor_type text,
       actor_id text, old_values jsonb, new_values jsonb, "timestamp" timestamptz,
       correlation_id text
  )
    on conflict do nothing
