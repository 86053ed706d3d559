//! Log-ins, and the refresh tokens that continue them.

use domain::{Origin, User};
use serde::Deserialize;
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::Result;
use crate::database::{document, event, text, uuid};
use crate::statements::{SESSION_INSERT, SESSION_REFUSE};
use crate::system::{REFRESH_TOKEN_ROTATE, SESSION_DELETE_BY_TOKEN};

/// Days for which a session goes on without being continued.
const DAYS: i32 = 30;

/// Whose session goes on.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Continued {
    /// The user's id.
    pub user_id: Uuid,
    /// Whether they may administer.
    pub is_admin: bool,
}

/// A log-in that succeeded, continued by the refresh token of this hash. What failures used of the
/// rate `account` is given back.
pub fn insert(user: &User, origin: &Origin, token_hash: &str, account: &str) -> Result<()> {
    let days = ParameterValue::Int32(DAYS);
    let mut parameters =
        vec![uuid(user.id), uuid(Uuid::now_v7()), text(token_hash), days, text(account)];
    parameters.extend(event(origin));
    document::<Uuid>(SESSION_INSERT, &parameters).map(drop)
}

/// A log-in that failed. Of a user that there is not, nothing is written.
pub fn refuse(user: &User, origin: &Origin) -> Result<()> {
    let mut parameters = vec![uuid(user.id)];
    parameters.extend(event(origin));
    document::<Uuid>(SESSION_REFUSE, &parameters).map(drop)
}

/// Uses up a refresh token for a new one. `None`: there is no such token, or it was used before, and
/// its session has ended for it.
pub fn rotate(origin: &Origin, hash: &str, new_hash: &str) -> Result<Option<Continued>> {
    let mut parameters = vec![text(hash), text(new_hash), ParameterValue::Int32(DAYS)];
    parameters.extend(event(origin));
    document(REFRESH_TOKEN_ROTATE, &parameters)
}

/// Ends the session that a refresh token continues, if there is one.
pub fn end(origin: &Origin, hash: &str) -> Result<()> {
    let mut parameters = vec![text(hash)];
    parameters.extend(event(origin));
    document::<Uuid>(SESSION_DELETE_BY_TOKEN, &parameters).map(drop)
}
