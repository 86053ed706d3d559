-- A browser's session is known by its cookie, and has no refresh tokens: whoever logs out is out at once, and tabs that
-- wake up together don't race for one.
alter table sessions
    -- SHA-256 of the cookie, in hexadecimal digits.
    add column cookie_hash text,
    add constraint sessions_cookie_hash_check check (char_length(cookie_hash) = 64);

create unique index idx_sessions_cookie_hash on sessions (cookie_hash) where cookie_hash is not null;
