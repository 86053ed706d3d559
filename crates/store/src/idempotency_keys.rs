//! Requests that have a name, and what they were answered.

use domain::{IdempotencyKey, User};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use spin_sdk::pg4::ParameterValue;

use crate::database::{document, nullable, text, uuid};
use crate::statements::IDEMPOTENCY_KEY_SELECT;
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

/// What a statement that writes `key` answers. Where it did nothing, because the key was there already or what it was to
/// change is gone or another version by now, that may be the request's own doing: then what it was answered the first time.
pub(crate) fn once<T: DeserializeOwned>(
    user: &User,
    key: Option<&IdempotencyKey>,
    result: Result<Option<T>>,
) -> Result<Option<T>> {
    let (Some(key), Ok(None) | Err(Error::Repeated | Error::Changed)) = (key, &result) else {
        return result;
    };
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
