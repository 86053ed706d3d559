//! Personal access tokens. What is kept of the token itself is its hash.

use domain::{AccessToken, NewAccessToken, Origin, Scopes, User};
use serde::Deserialize;
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::Result;
use crate::database::{document, event, json, list, nullable, text, uuid};
use crate::statements::{ACCESS_TOKEN_DELETE, ACCESS_TOKEN_INSERT, ACCESS_TOKEN_LIST_BY_USER};
use crate::system::ACCESS_TOKEN_USE;

/// Whom a token acts for, and what it may do.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Used {
    /// The user's id.
    pub user_id: Uuid,
    /// What the token may do.
    pub scopes: Scopes,
}

/// Whom the token of this hash acts for. `None`: there is no such token, or it has expired.
pub fn used(hash: &str) -> Result<Option<Used>> {
    document(ACCESS_TOKEN_USE, &[text(hash)])
}

/// A new token. `None`: the user has `most` already.
pub fn insert(
    user: &User,
    origin: &Origin,
    token: &NewAccessToken,
    hash: &str,
    most: u32,
) -> Result<Option<AccessToken>> {
    let mut parameters = vec![
        uuid(user.id),
        uuid(Uuid::now_v7()),
        text(&token.name),
        text(hash),
        json(&token.scopes),
        nullable(token.expires_at, text),
        ParameterValue::Int64(most.into()),
    ];
    parameters.extend(event(origin));
    document(ACCESS_TOKEN_INSERT, &parameters)
}

/// All of a user's tokens, the newest first.
pub fn list_by_user(user: &User) -> Result<Vec<AccessToken>> {
    list(ACCESS_TOKEN_LIST_BY_USER, &[uuid(user.id)])
}

/// Revokes a token. `false`: there is no such token.
pub fn delete(user: &User, origin: &Origin, id: Uuid) -> Result<bool> {
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    Ok(document::<Uuid>(ACCESS_TOKEN_DELETE, &parameters)?.is_some())
}
