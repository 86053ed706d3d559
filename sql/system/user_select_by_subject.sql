-- What a token of an external identity provider is judged by: the provider's keys as they are kept,
-- how old they are in seconds, whether it is time to fetch them again, and whom the token is about.
-- None of it is there before the first time.
-- $1 issuer · $2 subject · $3 how many seconds lie between two tries to fetch
select json_build_object(
           'keys', provider.keys,
           'age_seconds', extract(epoch from now() - provider.fetched_at)::float8,
           'may_fetch',
           coalesce(provider.attempted_at < now() - $3::int4 * interval '1 second', true),
           'user_id', account.id,
           'is_admin', coalesce(account.is_admin, false)
       )::text as found
  from (values (1)) as always
  left join identity_providers as provider on provider.issuer = $1
  left join users as account on account.issuer = $1 and account.subject = $2
