-- What the user's password has to fit, or null if there is none.
-- $1 user
select (select to_json(password_hash)::text from users where id = $1) as password_hash
