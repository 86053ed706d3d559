create table messages (
    user_id            uuid        not null,
    id                 uuid        not null default gen_random_uuid(),
    conversation_id    uuid        not null,
    role               varchar(20) not null,
    content            text        not null,
    intent_detected    varchar(100),
    skill_agent_used   varchar(100),
    confidence_score   float,
    processing_time_ms integer,
    created_at         timestamptz not null default now(),

    constraint messages_pkey primary key (user_id, id),
    constraint messages_conversation_fkey
        foreign key (user_id, conversation_id) references conversations on delete cascade,
    constraint messages_role_check check (role in ('user', 'assistant', 'system')),
    constraint messages_content_check check (char_length(content) <= 100000)
);

create index idx_messages_conversation_id on messages (user_id, conversation_id, created_at);
