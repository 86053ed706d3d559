use domain::{IdempotencyKey, Origin, Task, TaskEdit, TaskOperation, User};
use serde_json::Value;
use store::idempotency_keys;
use store::tasks::{self, Step};

use crate::problem::Problem;
use crate::{Error, Result, log};

/// Does the parts of a request one after the other, and answers what `whole` makes of what `told` makes of each.
///
/// Each part is a statement of its own: it is done with its event or not at all, whatever becomes of the others. Each has its
/// part of the request's idempotency key, too: where a request ended in the middle and is sent again, what was done is
/// answered as it was, and the rest is tried.
///
/// # Errors
/// Those of the key; what goes wrong with a part stands in its place.
pub fn in_parts<P>(
    user: &User,
    origin: &Origin,
    key: Option<&IdempotencyKey>,
    parts: Vec<Result<P>>,
    mut perform: impl FnMut(P, Option<&IdempotencyKey>) -> Result<Task>,
    told: impl Fn(usize, &Result<Task>) -> Value,
    whole: impl Fn(Vec<Value>) -> Value,
) -> Result<Value> {
    let keys = key.map(IdempotencyKey::parts).transpose()?;
    if let Some(key) = key
        && let Some(answer) = idempotency_keys::begin(user, key)?
    {
        return Ok(answer);
    }
    let count = parts.len();
    let mut results = Vec::with_capacity(count);
    for (place, part) in parts.into_iter().enumerate() {
        let key = keys.as_ref().map(|keys| keys(place));
        let done = part.and_then(|part| perform(part, key.as_ref()));
        if let Err(error) = &done
            && Problem::from(error).status() >= 500
        {
            // Noted here, because the request as a whole succeeds.
            log::warn(origin, "one of several operations failed", error);
        }
        results.push(told(place, &done));
        if matches!(done, Err(Error::Store(store::Error::Unavailable(_)))) {
            // The others would only wait for the same database. There may be more to do when this comes again.
            results.extend((place + 1..count).map(|place| told(place, &done)));
            return Ok(whole(results));
        }
    }
    let answer = whole(results);
    match key {
        Some(key) => Ok(idempotency_keys::finish(user, key, answer)?),
        None => Ok(answer),
    }
}

/// Does one operation.
///
/// # Errors
/// Those of the database, and [`Error::NotFound`].
pub fn perform(
    user: &User,
    origin: &Origin,
    operation: TaskOperation,
    key: Option<&IdempotencyKey>,
) -> Result<Task> {
    let (id, expected, edit) = match operation {
        TaskOperation::Create(task) => return Ok(tasks::insert(user, origin, &task, key)?),
        TaskOperation::Change { id, expected, edit } => (id, expected, edit),
    };
    let expected = expected.as_ref();
    let step = |step| tasks::take(user, origin, id, step, expected, key);
    let done = match edit {
        TaskEdit::Update(patch) => tasks::update(user, origin, id, &patch, None, expected, key),
        TaskEdit::Delete => tasks::delete(user, origin, id, expected, key),
        TaskEdit::Complete => step(Step::Complete),
        TaskEdit::Reopen => step(Step::Reopen),
        TaskEdit::Restore => step(Step::Restore),
    };
    done?.ok_or(Error::NotFound("Task"))
}
