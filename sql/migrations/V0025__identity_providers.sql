-- The public keys of external identity providers. A component remembers nothing from one call to the
-- next, so this is where they are remembered.
create table identity_providers (
    issuer       text        not null,
    -- identity::ProviderKeys; null until they were fetched once.
    keys         jsonb,
    fetched_at   timestamptz,
    -- When somebody last set out to fetch them, which keeps everyone else from it for a while.
    attempted_at timestamptz not null,

    constraint identity_providers_pkey primary key (issuer),
    constraint identity_providers_issuer_check check (char_length(issuer) <= 500)
);
