-- Keep what a provider published.
-- $1 issuer · $2 its keys (identity::ProviderKeys)
update identity_providers
   set keys       = $2::text::jsonb,
       fetched_at = now()
 where issuer = $1
