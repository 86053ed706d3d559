-- Events that have their place but may not have reached Kafka: what a relay that died left behind.
-- $1 published position · $2 how many events at most
select position, id, event_type, topic_name, correlation_id, subject, user_id, source_service,
       created_at, payload::text as payload
  from events
 where position > $1
 order by position
 limit $2
