-- The user of local mode, whose mail stays on this machine. $1 its id
insert into users (id, email)
select $1, 'demo@localhost'
 where not exists (select from users where email = 'demo@localhost' and id <> $1)
    on conflict (id) do update set email = coalesce(users.email, excluded.email)
