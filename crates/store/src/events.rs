//! What became of events.

use uuid::Uuid;

use crate::Result;
use crate::database::{execute, nullable, text, uuid};
use crate::system::EVENT_NOTE_FAILURE;

/// Notes that a consumer gave up an event, of any user, and why, on one line; or, without a failure, that it was sent
/// again. Once more changes nothing.
///
/// `dead_letter` says which of its failures it is. Returns whether there is such an event.
pub fn note(event: Uuid, dead_letter: &str, failure: Option<&str>) -> Result<bool> {
    let parameters = [uuid(event), text(dead_letter), nullable(failure, text)];
    Ok(execute(EVENT_NOTE_FAILURE, &parameters)? > 0)
}
