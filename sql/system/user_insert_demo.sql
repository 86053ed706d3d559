-- The user of local mode. $1 its id
insert into users (id) values ($1) on conflict do nothing
