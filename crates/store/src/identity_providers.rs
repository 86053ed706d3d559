//! External identity providers: their keys, and the users that they vouch for.

use domain::Origin;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::database::{document, event, execute, json, text, uuid};
use crate::system::{
    IDENTITY_PROVIDER_LEASE, IDENTITY_PROVIDER_UPDATE, USER_INSERT_BY_SUBJECT,
    USER_SELECT_BY_SUBJECT,
};
use crate::{Error, Result};

/// Seconds between two tries to fetch a provider's keys, whoever tries.
const BETWEEN_TRIES: i32 = 30;

/// What a provider's token is judged by.
#[derive(Debug, Clone, Deserialize)]
pub struct Found<K> {
    /// The provider's keys, once they were fetched.
    pub keys: Option<K>,
    /// How old they are.
    pub age_seconds: Option<f64>,
    /// Whether nobody has tried to fetch them a moment ago.
    pub may_fetch: bool,
    /// Whom the token is about, if they were here before.
    pub user_id: Option<Uuid>,
    /// Whether they may administer.
    pub is_admin: bool,
}

/// Looks up a provider's keys and one of its users.
pub fn select<K: DeserializeOwned>(issuer: &str, subject: &str) -> Result<Found<K>> {
    let parameters = [text(issuer), text(subject), ParameterValue::Int32(BETWEEN_TRIES)];
    document(USER_SELECT_BY_SUBJECT, &parameters)?
        .ok_or_else(|| Error::Failed("no provider came back".to_owned()))
}

/// Whether it is on us to fetch the provider's keys.
pub fn lease(issuer: &str) -> Result<bool> {
    let parameters = [text(issuer), ParameterValue::Int32(BETWEEN_TRIES)];
    Ok(document::<bool>(IDENTITY_PROVIDER_LEASE, &parameters)?.is_some())
}

/// Keeps a provider's keys.
pub fn update(issuer: &str, keys: &impl Serialize) -> Result<()> {
    execute(IDENTITY_PROVIDER_UPDATE, &[text(issuer), json(keys)]).map(drop)
}

/// The user of this name at a provider, who is made where they are new.
pub fn insert_user(origin: &Origin, issuer: &str, subject: &str) -> Result<Uuid> {
    let mut parameters = vec![text(issuer), text(subject), uuid(Uuid::now_v7())];
    parameters.extend(event(origin));
    document(USER_INSERT_BY_SUBJECT, &parameters)?
        .ok_or_else(|| Error::Failed("no user came back".to_owned()))
}
