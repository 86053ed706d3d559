//! Personal access tokens: for programs, and for whatever shall do less than its user may.

use domain::{IssuedAccessToken, NewAccessToken};
use identity::{Secret, SecretKind};
use serde_json::json;
use service::{Error, Request, Response, Result};

/// POST /auth/tokens
pub async fn create(request: &mut Request) -> Result<Response> {
    let caller = service::identify(request)?;
    let user = caller.person()?;
    let wanted = NewAccessToken::parse(request.json().await?, caller.scopes)?;
    let secret = Secret::new(SecretKind::AccessToken)?;
    let (hash, most) = (secret.hash(), service::count("tokens_per_user")?);
    let about = store::access_tokens::insert(&user, &request.origin, &wanted, &hash, most)?
        .ok_or(Error::Taken("there are as many tokens as a user may have; revoke one"))?;
    let location = format!("/auth/tokens/{}", about.id);
    let issued = IssuedAccessToken { token: secret.expose(), about };
    let mut response = service::json_with_status(201, &issued)?;
    response.set_header("location", location);
    Ok(response)
}

/// GET /auth/tokens
pub fn list(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    service::json(&json!({"items": store::access_tokens::list_by_user(&user)?}))
}

/// DELETE /auth/tokens/:id
pub fn delete(request: &Request) -> Result<Response> {
    let user = service::identify(request)?.person()?;
    let id = request.path_id("Token")?;
    if !store::access_tokens::delete(&user, &request.origin, id)? {
        return Err(Error::NotFound("Token"));
    }
    service::json(&json!({"status": "revoked", "token_id": id.to_string()}))
}
