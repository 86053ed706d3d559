use domain::{Scopes, Time, User};
use identity::{Claims, Expected, Jwt, Secret, SecretKind, SigningKeys, TokenError};
use spin_sdk::variables;
use uuid::Uuid;

use crate::authenticate::By;
use crate::{Caller, Error, Request, Result, provider};

/// Who makes our own tokens, and for whom.
const ISSUER: &str = "spindle";
const AUDIENCE: &str = "spindle-api";
/// How long one is good. Whoever logs out is out when the last one has expired.
const SECONDS: u32 = 15 * 60;

/// A token that says who has logged in, and how many seconds it is good.
#[derive(Debug, Clone)]
pub struct AccessJwt {
    /// The token itself.
    pub token: String,
    /// How long it is good.
    pub seconds: u32,
    /// What it lets its holder do.
    pub scopes: Scopes,
}

/// Makes a token for a person who has logged in.
///
/// # Errors
/// [`Error::LogInsOff`] if there is no key to sign with.
pub fn issue(user: User, is_admin: bool) -> Result<AccessJwt> {
    let scopes = Scopes::of_person(is_admin);
    let now = seconds_now();
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: vec![AUDIENCE.to_owned()],
        sub: user.id.to_string(),
        exp: now + i64::from(SECONDS),
        nbf: Some(now),
        iat: Some(now),
        jti: Some(Uuid::now_v7().to_string()),
        scope: Some(scopes.to_string()),
    };
    let token = signing_keys()?.ok_or(Error::LogInsOff)?.sign(&claims);
    let token = token.ok_or(Error::Misconfigured("jwt_keys"))?;
    Ok(AccessJwt { token, seconds: SECONDS, scopes })
}

/// That people may log in here.
///
/// # Errors
/// [`Error::LogInsOff`] if there is no key to sign with, which is how they are turned off.
pub fn require_log_ins() -> Result<()> {
    signing_keys()?.map(drop).ok_or(Error::LogInsOff)
}

/// Whose the token in this header is. A personal access token is asked of the database, one of our own
/// is judged by its signature alone, and of the external provider's by both.
pub(crate) fn identify(request: &Request, header: &[u8]) -> Result<Caller> {
    let token = token(header).ok_or(Error::Unauthenticated)?;
    if token.starts_with(SecretKind::AccessToken.prefix()) {
        return access_token(token);
    }
    let jwt = Jwt::parse(token)?;
    match jwt.claimed_issuer() {
        ISSUER => own(jwt),
        other if !other.is_empty() && other == variables::get("oidc_issuer")? => {
            provider::identify(request, jwt)
        }
        _ => Err(TokenError::Issuer.into()),
    }
}

fn access_token(token: &str) -> Result<Caller> {
    let secret = Secret::parse(SecretKind::AccessToken, token).ok_or(TokenError::Unknown)?;
    let used = store::access_tokens::used(&secret.hash())?.ok_or(TokenError::Unknown)?;
    Ok(Caller { user: User { id: used.user_id }, scopes: used.scopes, by: By::AccessToken })
}

fn own(jwt: Jwt<'_>) -> Result<Caller> {
    let keys = signing_keys()?.ok_or(TokenError::UnknownKey)?;
    let key = jwt.key_id().and_then(|id| keys.key(id)).ok_or(TokenError::UnknownKey)?;
    let expected = Expected { issuer: ISSUER, audience: AUDIENCE, now: seconds_now() };
    let claims = jwt.verify(&key, &expected)?;
    let id = claims.sub.parse().map_err(|_| TokenError::Malformed)?;
    let scopes = Scopes::from_claim(claims.scope.as_deref().unwrap_or_default());
    Ok(Caller { user: User { id }, scopes, by: By::LogIn })
}

/// What stands after `Bearer`.
fn token(header: &[u8]) -> Option<&str> {
    let (scheme, token) = str::from_utf8(header).ok()?.split_once(' ')?;
    let token = token.trim();
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then_some(token)
}

fn signing_keys() -> Result<Option<SigningKeys>> {
    SigningKeys::parse(&variables::get("jwt_keys")?).map_err(|_| Error::Misconfigured("jwt_keys"))
}

pub(crate) fn seconds_now() -> i64 {
    Time::now().as_micros().div_euclid(1_000_000)
}
