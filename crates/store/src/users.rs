//! Users, and what they log in with.

use chrono::NaiveDateTime;
use domain::{Account, Clock, NewUser, Origin, Time, User, UserPatch};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::database::{document, event, json, nullable, text, uuid};
use crate::statements::{
    USER_CLOCK, USER_INSERT, USER_PASSWORD_SELECT, USER_PASSWORD_UPDATE, USER_SELECT, USER_UPDATE,
};
use crate::system::{USER_SELECT_BY_EMAIL, USER_UNSUBSCRIBE};
use crate::{Error, Result};

/// Whom an e-mail address belongs to.
#[derive(Debug, Clone, Deserialize)]
pub struct Known {
    /// The user's id.
    pub id: Uuid,
    /// What the password has to fit; `None` if there is no password.
    pub password_hash: Option<String>,
    /// Whether they may administer.
    pub is_admin: bool,
}

/// Whom a normalised e-mail address belongs to, if to anybody.
pub fn by_email(email: &str) -> Result<Option<Known>> {
    document(USER_SELECT_BY_EMAIL, &[text(email)])
}

/// A new user. `None`: the e-mail address is somebody's already.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the time zone doesn't exist.
pub fn insert(origin: &Origin, user: &NewUser, password_hash: &str) -> Result<Option<Account>> {
    let mut parameters = vec![
        uuid(Uuid::now_v7()),
        text(&user.email),
        text(password_hash),
        text(&user.timezone),
        text(&user.language),
    ];
    parameters.extend(event(origin));
    document(USER_INSERT, &parameters)
}

/// The user. `None`: they were removed.
pub fn select(user: &User) -> Result<Option<Account>> {
    document(USER_SELECT, &[uuid(user.id)])
}

/// Changes the user; a patch that changes nothing writes nothing. `None`: they were removed.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the new time zone doesn't exist.
pub fn update(user: &User, origin: &Origin, patch: &UserPatch) -> Result<Option<Account>> {
    let mut parameters = vec![uuid(user.id), json(patch)];
    parameters.extend(event(origin));
    document(USER_UPDATE, &parameters)
}

/// What the user's password has to fit. `None`: they have no password.
pub fn password_hash(user: &User) -> Result<Option<String>> {
    document(USER_PASSWORD_SELECT, &[uuid(user.id)])
}

/// Replaces a password's hash by another, and ends the user's sessions. `false`: it is not the one
/// that is kept.
pub fn update_password(user: &User, origin: &Origin, old: &str, new: &str) -> Result<bool> {
    let mut parameters = vec![uuid(user.id), text(old), text(new)];
    parameters.extend(event(origin));
    Ok(document::<Uuid>(USER_PASSWORD_UPDATE, &parameters)?.is_some())
}

/// Sends no more mail to whoever holds this token. `false`: nobody does.
pub fn unsubscribe(origin: &Origin, token: Uuid) -> Result<bool> {
    let mut parameters = vec![uuid(token)];
    parameters.extend(event(origin));
    Ok(document::<Uuid>(USER_UNSUBSCRIBE, &parameters)?.is_some())
}

/// What time it is in `timezone`, or else in the user's own.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the time zone doesn't exist.
pub fn clock(user: &User, timezone: Option<&str>) -> Result<Clock> {
    clock_at(user, timezone, None)
}

/// The same as it was `at` an instant, such as when a line was typed.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the time zone doesn't exist.
pub fn clock_at(user: &User, timezone: Option<&str>, at: Option<Time>) -> Result<Clock> {
    look_at_clock(user, timezone, at, &[])
}

/// At which instants a clock on the wall in `timezone` shows these times.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the time zone doesn't exist.
pub fn instants(user: &User, timezone: &str, walls: &[NaiveDateTime]) -> Result<Vec<Time>> {
    #[derive(Deserialize)]
    struct Shown {
        instants: Vec<Time>,
    }
    let shown: Shown = look_at_clock(user, Some(timezone), None, walls)?;
    Ok(shown.instants)
}

fn look_at_clock<T: DeserializeOwned>(
    user: &User,
    timezone: Option<&str>,
    at: Option<Time>,
    walls: &[NaiveDateTime],
) -> Result<T> {
    let walls: Vec<_> =
        walls.iter().map(|wall| wall.format("%Y-%m-%dT%H:%M:%S").to_string()).collect();
    let parameters = [uuid(user.id), nullable(timezone, text), json(&walls), nullable(at, text)];
    document(USER_CLOCK, &parameters)?.ok_or_else(|| Error::Failed("no clock came back".to_owned()))
}
