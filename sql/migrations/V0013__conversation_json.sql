-- What a conversation and a message look like in an answer of the API (domain::Conversation and
-- domain::Message read it).
create function conversation_json(conversation conversations) returns json
    language sql stable parallel safe
    return json_build_object(
        'id', (conversation).id,
        'client_key', (conversation).client_key,
        'timezone', (conversation).timezone,
        'created_at', json_time((conversation).created_at),
        'updated_at', json_time((conversation).updated_at),
        'last_message_at', json_time((conversation).last_message_at)
    );

create function message_json(message messages) returns json
    language sql stable parallel safe
    return json_build_object(
        'id', (message).id,
        'role', (message).role,
        'content', (message).content,
        'intent_detected', (message).intent_detected,
        'skill_agent_used', (message).skill_agent_used,
        'confidence_score', (message).confidence_score,
        'processing_time_ms', (message).processing_time_ms,
        'created_at', json_time((message).created_at)
    );
