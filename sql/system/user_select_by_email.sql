-- Whom an e-mail address belongs to, and what their password has to fit. Null: nobody.
-- $1 e-mail, normalised
select (
    select json_build_object('id', id, 'password_hash', password_hash, 'is_admin', is_admin)::text
      from users
     where email = $1
) as account
