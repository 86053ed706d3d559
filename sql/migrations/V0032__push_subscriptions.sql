-- The browsers in which a user wants to be told: what PushManager.subscribe() gives (W3C Push API).
create table push_subscriptions (
    user_id    uuid        not null,
    id         uuid        not null,
    endpoint   text        not null,
    -- The browser's public key and secret, base64url (RFC 8291).
    p256dh     text        not null,
    auth       text        not null,
    created_at timestamptz not null default now(),

    constraint push_subscriptions_pkey primary key (user_id, id),
    -- A browser that subscribes again is still one.
    constraint push_subscriptions_endpoint_key unique (user_id, endpoint),
    constraint push_subscriptions_endpoint_check check (char_length(endpoint) <= 2000),
    constraint push_subscriptions_keys_check check (char_length(p256dh) <= 100 and char_length(auth) <= 50)
);

-- What a subscription looks like in an answer (domain::PushSubscription reads it): its keys stay here.
create function push_subscription_json(subscription push_subscriptions) returns jsonb
    language sql stable parallel safe
    return jsonb_build_object(
        'id', (subscription).id,
        'endpoint', (subscription).endpoint,
        'created_at', json_time((subscription).created_at)
    );
