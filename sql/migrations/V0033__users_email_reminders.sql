-- Whoever has had enough of mail says so by a link in it: by this token, which does nothing else.
alter table users
    add column email_reminders   boolean not null default true,
    add column unsubscribe_token uuid    not null default gen_random_uuid(),
    add constraint users_unsubscribe_token_key unique (unsubscribe_token);

create or replace function user_json(account users) returns jsonb
    language sql stable parallel safe
    return jsonb_build_object(
        'id', (account).id,
        'email', (account).email,
        'timezone', (account).timezone,
        'language', (account).language,
        'email_reminders', (account).email_reminders,
        'created_at', json_time((account).created_at)
    );
