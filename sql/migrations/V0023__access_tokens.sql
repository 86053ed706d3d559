-- Personal access tokens: they act for their user until they expire or are deleted.
create table access_tokens (
    user_id      uuid        not null,
    id           uuid        not null,
    name         text        not null,
    -- SHA-256 of the token, in hexadecimal digits. The token itself is known to its holder alone.
    hash         text        not null,
    scopes       jsonb       not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    -- To five minutes, so that using one is seldom a write.
    last_used_at timestamptz,

    constraint access_tokens_pkey primary key (user_id, id),
    constraint access_tokens_hash_key unique (hash),
    constraint access_tokens_hash_check check (char_length(hash) = 64),
    constraint access_tokens_name_check check (char_length(name) between 1 and 100),
    constraint access_tokens_scopes_check check (jsonb_typeof(scopes) = 'array')
);

create index idx_access_tokens_expires_at on access_tokens (expires_at) where expires_at is not null;

-- What a token looks like in an answer and in an event (domain::AccessToken reads it).
create function access_token_json(token access_tokens) returns jsonb
    language sql stable parallel safe
    return jsonb_build_object(
        'id', (token).id,
        'name', (token).name,
        'scopes', (token).scopes,
        'created_at', json_time((token).created_at),
        'expires_at', json_time((token).expires_at),
        'last_used_at', json_time((token).last_used_at)
    );
