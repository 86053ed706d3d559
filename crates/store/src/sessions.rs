//! Log-ins, and what continues them: a refresh token, or a browser's cookie.

use domain::{Origin, User};
use serde::Deserialize;
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::Result;
use crate::database::{document, event, nullable, text, uuid};
use crate::statements::{SESSION_INSERT, SESSION_REFUSE};
use crate::system::{REFRESH_TOKEN_ROTATE, SESSION_DELETE, SESSION_USE};

/// Days for which a session goes on without being continued.
pub const DAYS: i32 = 30;
/// Days after which it ends, however often it was continued.
const MOST_DAYS: i32 = 180;

/// What a session goes on with, by its hash.
#[derive(Debug, Clone, Copy)]
pub enum Hash<'a> {
    /// A refresh token, which is good once.
    RefreshToken(&'a str),
    /// A browser's cookie, which stays the same.
    Cookie(&'a str),
}

/// Whose session goes on.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Continued {
    /// The user's id.
    pub user_id: Uuid,
    /// Whether they may administer.
    pub is_admin: bool,
    /// For how many seconds a cookie's session goes on, if they have just become more.
    pub seconds: Option<i64>,
}

/// A log-in that succeeded. What failures used of the rate `account` is given back.
pub fn insert(user: &User, origin: &Origin, hash: Hash<'_>, account: &str) -> Result<()> {
    let (token, cookie) = match hash {
        Hash::RefreshToken(hash) => (Some(hash), None),
        Hash::Cookie(hash) => (None, Some(hash)),
    };
    let mut parameters = vec![
        uuid(user.id),
        uuid(Uuid::now_v7()),
        nullable(token, text),
        nullable(cookie, text),
        ParameterValue::Int32(DAYS),
        text(account),
    ];
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
    let (days, most) = (ParameterValue::Int32(DAYS), ParameterValue::Int32(MOST_DAYS));
    let mut parameters = vec![text(hash), text(new_hash), days, most];
    parameters.extend(event(origin));
    document(REFRESH_TOKEN_ROTATE, &parameters)
}

/// Whose session the cookie of this hash is, and whether it `goes_on` for it. `None`: it has ended.
pub fn used(hash: &str, goes_on: bool) -> Result<Option<Continued>> {
    let (days, most) = (ParameterValue::Int32(DAYS), ParameterValue::Int32(MOST_DAYS));
    document(SESSION_USE, &[text(hash), ParameterValue::Boolean(goes_on), days, most])
}

/// Ends the session that a cookie or a refresh token of this hash continues, if there is one.
pub fn end(origin: &Origin, hash: &str) -> Result<()> {
    let mut parameters = vec![text(hash)];
    parameters.extend(event(origin));
    document::<Uuid>(SESSION_DELETE, &parameters).map(drop)
}
