-- What a user logs in with, and how they like to be served. A user of an external identity provider
-- has an issuer and a subject instead of a password; the demo user has neither.
alter table users
    add column password_hash text,
    add column issuer        text,
    add column subject       text,
    add column timezone      text        not null default 'UTC',
    add column language      text        not null default 'en',
    add column is_admin      boolean     not null default false,
    add column updated_at    timestamptz not null default now(),
    -- The guest normalises; whoever else writes is held to it.
    add constraint users_email_normalised check (email = lower(btrim(email))),
    add constraint users_password_hash_check check (char_length(password_hash) <= 256),
    add constraint users_subject_check check (
        char_length(issuer) <= 500 and char_length(subject) between 1 and 255
        and (issuer is null) = (subject is null)
    ),
    -- As for a task's.
    add constraint users_timezone_check check (created_at at time zone timezone is not null),
    add constraint users_language_check check (language in ('en', 'ur')),
    add constraint users_issuer_subject_key unique (issuer, subject);

-- What a user looks like to themself (domain::Account reads it).
create function user_json(account users) returns jsonb
    language sql stable parallel safe
    return jsonb_build_object(
        'id', (account).id,
        'email', (account).email,
        'timezone', (account).timezone,
        'language', (account).language,
        'created_at', json_time((account).created_at)
    );

-- As events tell of it: what people can be reached by stays at home.
create function user_event_json(account users) returns jsonb
    language sql stable parallel safe
    return user_json(account) - 'email';
