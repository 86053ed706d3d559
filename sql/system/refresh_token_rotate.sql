-- Continue a session: the refresh token is used up, and a new one takes its place. One that was used
-- before ends the session, and the event tells of it. The session's row is locked first, so that of
-- two at once the second finds the token used.
-- Null: the token is none, or its session has ended.
-- $1 hash of the token · $2 hash of the new one · $3 days until it expires · $4 days after which it ends in
-- any case · $5 now · $6 event id · $7 correlation id · $8 source service
with presented as (
    select sessions.user_id, sessions.id, token.hash, token.used_at
      from sessions
      join refresh_tokens as token
        on token.user_id = sessions.user_id and token.session_id = sessions.id
     where token.hash = $1
       and sessions.expires_at > now()
       for update
), used as (
    update refresh_tokens
       set used_at = now()
      from presented
     where refresh_tokens.hash = presented.hash
       and presented.used_at is null
    returning presented.user_id, presented.id
), continued as (
    update sessions
       set expires_at = least(
               now() + $3::int4 * interval '1 day', created_at + $4::int4 * interval '1 day'
           )
      from used
     where sessions.user_id = used.user_id
       and sessions.id = used.id
), token as (
    insert into refresh_tokens (user_id, session_id, hash)
    select user_id, id, $2
      from used
), ended as (
    delete from sessions
     using presented
     where sessions.user_id = presented.user_id
       and sessions.id = presented.id
       and presented.used_at is not null
    returning sessions.user_id, sessions.id
), event as (
    insert into events (
        user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service,
        created_at
    )
    select user_id, $6, id::text, 'session.revoked', 'audit-events', $7,
           jsonb_build_object(
               'session', jsonb_build_object('id', id, 'reason', 'a refresh token came twice'),
               'old', null
           ),
           $8, $5::text::timestamptz
      from ended
)
select (
    select json_build_object('user_id', users.id, 'is_admin', users.is_admin)::text
      from used
      join users on users.id = used.user_id
) as rotated
