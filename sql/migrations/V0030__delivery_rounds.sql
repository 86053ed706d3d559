-- A round reads what is due by its time, not all that waits.
create index idx_deliveries_next_attempt_at on deliveries (user_id, webhook_id, next_attempt_at)
    where state = 'pending';

-- Deliveries are kept as long as the events that they are of, no longer for 29 days.
create index idx_deliveries_position on deliveries (position);
drop index idx_deliveries_kept;

-- What an event looks like to its user (domain::Change reads it).
create function change_json(event events) returns json
    language sql stable parallel safe
    return json_build_object(
        'position', (event).position,
        'event_id', (event).id,
        'event_type', (event).event_type,
        'correlation_id', (event).correlation_id,
        'timestamp', json_time((event).created_at),
        'source_service', (event).source_service,
        'payload', (event).payload
    );
