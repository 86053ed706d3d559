//! Requests that have a name, and what they were answered.

use domain::{IdempotencyKey, Time, User};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use spin_sdk::pg4::ParameterValue;

use crate::database::{document, json, nullable, text, uuid};
use crate::statements::{IDEMPOTENCY_KEY_INSERT, IDEMPOTENCY_KEY_SELECT, IDEMPOTENCY_KEY_UPDATE};
use crate::{Error, Result};

/// What this request was answered before. `None`: it is the first with this key.
///
/// # Errors
/// [`KeyReused`](Error::KeyReused) if the key was another request's.
pub fn answer<T: DeserializeOwned>(user: &User, key: &IdempotencyKey) -> Result<Option<T>> {
    #[derive(Deserialize)]
    struct Known {
        request_hash: String,
        /// Another request's is no `T`.
        answer: Value,
    }
    let known = document(IDEMPOTENCY_KEY_SELECT, &[uuid(user.id), text(key.key())])?;
    match known {
        Some(Known { request_hash, answer }) if request_hash == key.request_hash() => {
            Ok(Some(serde_json::from_value(answer)?))
        }
        Some(_) => Err(Error::KeyReused),
        None => Ok(None),
    }
}

/// Notes the key of a request whose parts are done one by one, each with a key of its own. What the request was answered
/// before, if it was ever [`finished`](finish).
///
/// # Errors
/// [`KeyReused`](Error::KeyReused) if the key was another request's.
pub fn begin(user: &User, key: &IdempotencyKey) -> Result<Option<Value>> {
    let parameters = [uuid(user.id), text(key.key()), text(key.request_hash()), text(Time::now())];
    let known = once(user, Some(key), document(IDEMPOTENCY_KEY_INSERT, &parameters));
    known.map(Option::flatten)
}

/// Notes what such a request is answered; of two at once, that is what the first was.
///
/// # Errors
/// Those of the database.
pub fn finish(user: &User, key: &IdempotencyKey, answer: Value) -> Result<Value> {
    let parameters = [uuid(user.id), text(key.key()), json(&answer)];
    Ok(document(IDEMPOTENCY_KEY_UPDATE, &parameters)?.unwrap_or(answer))
}

/// What a statement that writes `key` answers. Where it did nothing, because the key was there already or what it was to
/// change is gone or another version by now or the last one of its series, that may be the request's own doing: then what
/// it was answered the first time.
pub(crate) fn once<T: DeserializeOwned>(
    user: &User,
    key: Option<&IdempotencyKey>,
    result: Result<Option<T>>,
) -> Result<Option<T>> {
    let may_be_its_own = matches!(
        result,
        Ok(None)
            | Err(Error::Repeated | Error::Changed | Error::CantSkip(_) | Error::OccurrenceTaken)
    );
    let Some(key) = key.filter(|_| may_be_its_own) else { return result };
    match (answer(user, key)?, result) {
        (Some(first), _) => Ok(Some(first)),
        // It can be gone again: keys are kept for two days.
        (None, Err(Error::Repeated)) => {
            Err(Error::Unavailable("the key has just ended".to_owned()))
        }
        (None, result) => result,
    }
}

/// What ends the parameters of a statement that writes a key: its name, and which request it is; null without one.
pub(crate) fn parameters(key: Option<&IdempotencyKey>) -> [ParameterValue; 2] {
    [
        nullable(key.map(IdempotencyKey::key), text),
        nullable(key.map(IdempotencyKey::request_hash), text),
    ]
}
