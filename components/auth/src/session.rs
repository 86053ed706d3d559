//! To log in, to stay logged in, to log out: programs by tokens, browsers by a cookie.

use domain::{IssuedTokens, LogIn, User};
use identity::{Secret, SecretKind, TokenError};
use serde_json::json;
use service::{AccessJwt, Error, Request, Response, Result};
use store::sessions::Hash;
use uuid::Uuid;

fn tokens(access: &AccessJwt, refresh: &Secret) -> Result<Response> {
    service::json(&IssuedTokens {
        access_token: &access.token,
        token_type: "Bearer",
        expires_in: access.seconds,
        refresh_token: refresh.expose(),
        scope: access.scopes.to_string(),
    })
}

/// POST /auth/login
pub async fn log_in(request: &mut Request) -> Result<Response> {
    let LoggedIn { user, is_admin, rate } = check_password(request).await?;
    let access = service::issue(user, is_admin)?;
    let refresh = Secret::new(SecretKind::RefreshToken)?;
    let hash = refresh.hash();
    store::sessions::insert(&user, &request.origin, Hash::RefreshToken(&hash), &rate)?;
    tokens(&access, &refresh)
}

/// POST /auth/session
///
/// What `/auth/login` is for programs. Another site's page can't log a person in by it; where nobody is logged in, a host of
/// our own domain still can, by a cookie that it plants. Who was logged in with this browser no longer is.
pub async fn begin(request: &mut Request) -> Result<Response> {
    service::require_own_page(request)?;
    service::require_log_ins()?;
    let LoggedIn { user, rate, .. } = check_password(request).await?;
    end_all(request)?;
    let session = Secret::new(SecretKind::Session)?;
    let hash = session.hash();
    store::sessions::insert(&user, &request.origin, Hash::Cookie(&hash), &rate)?;
    Ok(service::begin_session(request, &session, store::sessions::DAYS))
}

/// DELETE /auth/session
pub fn end(request: &Request) -> Result<Response> {
    service::require_own_page(request)?;
    // A page that shows somebody else doesn't log this one out.
    if request.header("spindle-user").is_some() {
        service::identify(request)?;
    }
    end_all(request)?;
    Ok(service::end_session(request))
}

/// Ends the sessions that come with the request.
fn end_all(request: &Request) -> Result<()> {
    service::sessions_of(request)
        .try_for_each(|session| Ok(store::sessions::end(&request.origin, &session.hash())?))
}

/// Whose password fits.
struct LoggedIn {
    user: User,
    is_admin: bool,
    /// The key of the account's rate.
    rate: String,
}

/// A try is counted before the password is looked at, so that many at once count as many. An address
/// that nobody has takes as long as a wrong password, and is answered the same.
async fn check_password(request: &mut Request) -> Result<LoggedIn> {
    service::limit(request, "auth_rate", None)?;
    let log_in = LogIn::parse(request.json().await?)?;
    // Anybody may type anything as an address; its hash is as long as any.
    let account = identity::fingerprint(log_in.email.as_bytes());
    service::limit(request, "login_rate", Some(&account))?;
    let known = store::users::by_email(&log_in.email)?;
    let hash = known.as_ref().and_then(|known| known.password_hash.as_deref());
    let is_right = identity::is_password(log_in.password.expose(), hash);
    let user = User { id: known.as_ref().map_or_else(Uuid::now_v7, |known| known.id) };
    if !is_right {
        store::sessions::refuse(&user, &request.origin)?;
        return Err(Error::WrongPassword("the e-mail address or the password is wrong"));
    }
    let rate = service::rate_key("login_rate", &account);
    Ok(LoggedIn { user, is_admin: known.is_some_and(|known| known.is_admin), rate })
}

/// POST /auth/refresh
///
/// Each refresh token is good once. One that comes again ends its session: either it was stolen, or
/// the thief was faster.
pub async fn refresh(request: &mut Request) -> Result<Response> {
    service::limit(request, "auth_rate", None)?;
    let given = domain::refresh_token(request.json().await?)?;
    let given = Secret::parse(SecretKind::RefreshToken, &given).ok_or(TokenError::Unknown)?;
    let refresh = Secret::new(SecretKind::RefreshToken)?;
    let continued = store::sessions::rotate(&request.origin, &given.hash(), &refresh.hash())?;
    let continued = continued.ok_or(TokenError::Unknown)?;
    let access = service::issue(User { id: continued.user_id }, continued.is_admin)?;
    tokens(&access, &refresh)
}

/// POST /auth/logout
///
/// Whoever shows a token that is none is logged out as well (RFC 7009, section 2.2).
pub async fn log_out(request: &mut Request) -> Result<Response> {
    service::limit(request, "auth_rate", None)?;
    let given = domain::refresh_token(request.json().await?)?;
    if let Some(token) = Secret::parse(SecretKind::RefreshToken, &given) {
        store::sessions::end(&request.origin, &token.hash())?;
    }
    service::json(&json!({"status": "logged_out"}))
}
