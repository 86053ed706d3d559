use std::time::Duration;

use domain::{Origin, Scopes, User};
use identity::{Expected, Jwt, Key, ProviderKeys, TokenError};
use spin_sdk::variables;
use store::identity_providers::{self, Found};

use crate::authenticate::By;
use crate::bearer::seconds_now;
use crate::fetch_json::fetch_json;
use crate::{Caller, Error, Request, Result, log};

/// Seconds for which a provider's keys are good without another look.
const FRESH: f64 = 3600.0;
/// Seconds for which they serve while the provider can't be reached.
const STALE: f64 = 86_400.0;
/// How long a provider may take to tell its keys.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many bytes they may have.
const MOST_BYTES: usize = 256 * 1024;

/// Whom a token of the external identity provider is about. One who comes for the first time becomes a
/// user, once the token has turned out to be good.
pub(crate) fn identify(request: &Request, jwt: Jwt<'_>) -> Result<Caller> {
    let issuer = variables::get("oidc_issuer")?;
    let audience = variables::get("oidc_audience")?;
    if audience.is_empty() {
        return Err(Error::Misconfigured("oidc_audience"));
    }
    let subject = jwt.claimed_subject().to_owned();
    if !(1..=255).contains(&subject.chars().count()) || subject.contains('\0') {
        return Err(TokenError::Malformed.into());
    }
    let found = identity_providers::select(&issuer, &subject)?;
    let key = key(&request.origin, &issuer, jwt.key_id(), &found)?;
    let expected = Expected { issuer: &issuer, audience: &audience, now: seconds_now() };
    jwt.verify(&key, &expected)?;
    let id = match found.user_id {
        Some(id) => id,
        None => identity_providers::insert_user(&request.origin, &issuer, &subject)?,
    };
    Ok(Caller { user: User { id }, scopes: Scopes::of_person(found.is_admin), by: By::LogIn })
}

/// The key that is to have signed a token. A name that nobody knows may be that of a new key, and
/// what is old may have been withdrawn, so both have the keys fetched: by one request at a time, and
/// not again for a while, however many ask.
fn key(
    origin: &Origin,
    issuer: &str,
    id: Option<&str>,
    found: &Found<ProviderKeys>,
) -> Result<Key> {
    let age = found.age_seconds.unwrap_or(f64::INFINITY);
    let known = found.keys.as_ref().and_then(|keys| keys.key(id));
    if let Some(key) = known.clone().filter(|_| age < FRESH) {
        return Ok(key);
    }
    let may_fetch = found.may_fetch && identity_providers::lease(issuer)?;
    if let Some(keys) = may_fetch.then(|| fetch_keys(origin)).transpose()?.flatten() {
        identity_providers::update(issuer, &keys)?;
        return Ok(keys.key(id).ok_or(TokenError::UnknownKey)?);
    }
    match known {
        _ if age >= STALE => Err(Error::ProviderAway),
        Some(key) => Ok(key),
        None => Err(TokenError::UnknownKey.into()),
    }
}

/// What the provider publishes; nothing, and a line in the log, if it is of no use.
fn fetch_keys(origin: &Origin) -> Result<Option<ProviderKeys>> {
    let url = variables::get("oidc_jwks_url")?;
    let published = match fetch_json(&url, None, PATIENCE, MOST_BYTES) {
        Ok(published) => published,
        Err(error) => {
            log::warn(origin, "the identity provider's keys can't be fetched", &error);
            return Ok(None);
        }
    };
    match ProviderKeys::parse(&published) {
        Ok(keys) => Ok(Some(keys)),
        Err(error) => {
            log::warn(origin, "the identity provider's keys can't be used", &error);
            Ok(None)
        }
    }
}
