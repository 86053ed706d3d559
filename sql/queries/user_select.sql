-- The user. Null: there is none.
-- $1 user
select (select user_json(users)::text from users where id = $1) as account
