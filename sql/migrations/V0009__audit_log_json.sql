-- What an audit row looks like in an answer of the API (domain::AuditEntry reads it).
create function audit_log_json(entry audit_logs) returns json
    language sql stable parallel safe
    return json_build_object(
        'id', (entry).id,
        'user_id', (entry).user_id,
        'entity_type', (entry).entity_type,
        'entity_id', (entry).entity_id,
        'action', (entry).action,
        'actor_type', (entry).actor_type,
        'actor_id', (entry).actor_id,
        'old_values', (entry).old_values,
        'new_values', (entry).new_values,
        'timestamp', json_time((entry)."timestamp"),
        'correlation_id', (entry).correlation_id
    );
