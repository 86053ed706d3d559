//! Who somebody is here.

use domain::{NewUser, PasswordChange, User, UserPatch};
use service::{Error, Request, Response, Result};

/// POST /auth/register
///
/// An address that somebody has already is answered with 409. That tells whether it is registered, and
/// without mail to confirm an address there is nothing else to say to its owner who has forgotten it;
/// the rate per address of the network keeps anybody from asking for many.
pub async fn register(request: &mut Request) -> Result<Response> {
    service::limit(request, "auth_rate", None)?;
    let user = NewUser::parse(request.json().await?)?;
    let hash = identity::hash_password(user.password.expose())?;
    let account = store::users::insert(&request.origin, &user, &hash)?;
    let account = account.ok_or(Error::Taken("this e-mail address is registered; log in"))?;
    service::json_with_status(201, &account)
}

/// GET /auth/me
pub fn show(request: &Request) -> Result<Response> {
    let caller = service::identify(request)?;
    let account = store::users::select(&caller.user)?;
    service::json(&account.ok_or(Error::NotFound("User"))?)
}

/// PATCH /auth/me
///
/// A new password ends every session: who is logged in elsewhere logs in again. Personal access tokens
/// stay, which are revoked one by one.
pub async fn update(request: &mut Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let patch = UserPatch::parse(request.json().await?)?;
    if let Some(change) = &patch.password {
        change_password(request, &user, change)?;
    }
    let account = store::users::update(&user, &request.origin, &patch)?;
    service::json(&account.ok_or(Error::NotFound("User"))?)
}

fn change_password(request: &Request, user: &User, change: &PasswordChange) -> Result<()> {
    service::limit(request, "login_rate", Some(&user.id.to_string()))?;
    let wrong = Error::WrongPassword("current_password is not the password until now");
    let Some(old) = store::users::password_hash(user)? else {
        return Err(Error::Taken("this account has no password, and logs in otherwise"));
    };
    if !identity::is_password(change.old.expose(), Some(&old)) {
        return Err(wrong);
    }
    let new = identity::hash_password(change.new.expose())?;
    if store::users::update_password(user, &request.origin, &old, &new)? {
        Ok(())
    } else {
        Err(wrong)
    }
}
