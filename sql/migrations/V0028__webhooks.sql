-- Where a user wants to be told of what happens to their tasks: an address that events are posted to, each signed.
create table webhooks (
    user_id          uuid        not null,
    id               uuid        not null,
    url              text        not null,
    -- The types of events to tell of; null: all.
    event_types      jsonb,
    -- What its posts are signed with. It is needed as it is, and shown to its user once.
    secret           text        not null,
    active           boolean     not null default true,
    -- Why we have made it inactive; null: we have not.
    inactive_because text,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),

    -- When the relay is to claim a round; while one is claimed, when that claim is taken for lost. Null: there is nothing to
    -- deliver.
    next_attempt_at  timestamptz,
    -- Not before, because an attempt failed.
    paused_until     timestamptz,
    claimed          boolean     not null default false,
    -- Counts the rounds: whoever has an older number has nothing to do any more.
    claim            bigint      not null default 0,
    -- Whether something became due while a round was claimed.
    has_more         boolean     not null default false,
    -- Failed attempts since the last one that succeeded, of whichever delivery, and since when.
    failures         integer     not null default 0,
    failing_since    timestamptz,

    constraint webhooks_pkey primary key (user_id, id),
    constraint webhooks_url_check check (char_length(url) <= 2000),
    constraint webhooks_event_types_check check (jsonb_typeof(event_types) = 'array'),
    constraint webhooks_inactive_because_check check (inactive_because in ('gone', 'unreachable'))
);

create index idx_webhooks_next_attempt_at on webhooks (next_attempt_at) where active and next_attempt_at is not null;

-- What a webhook looks like in an answer and in an event (domain::Webhook reads it): without its secret.
create function webhook_json(webhook webhooks) returns jsonb
    language sql stable parallel safe
    return jsonb_build_object(
        'id', (webhook).id,
        'url', (webhook).url,
        'event_types', (webhook).event_types,
        'active', (webhook).active,
        'inactive_because', (webhook).inactive_because,
        'failures', (webhook).failures,
        'failing_since', json_time((webhook).failing_since),
        'created_at', json_time((webhook).created_at),
        'updated_at', json_time((webhook).updated_at)
    );
