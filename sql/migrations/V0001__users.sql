-- Who a task belongs to. No table refers to it by a foreign key: each write of a user's data would
-- lock the user's one row, and writers of one user would queue at it. Purging a user is the
-- relay's work.
create table users (
    id         uuid        not null,
    email      text,
    created_at timestamptz not null default now(),

    constraint users_pkey primary key (id),
    constraint users_email_key unique (email),
    constraint users_email_check check (char_length(email) between 3 and 320)
);
