use domain::{IdempotencyKey, NewReminder, Origin, Reminder, Snooze, User};
use store::idempotency_keys;
use store::reminders::{self, Outcome};
use uuid::Uuid;

use crate::{Error, Result, limits};

/// Makes a reminder, and says which request made it: this one, or the first with its key.
///
/// # Errors
/// Those of `wanted`, [`Error::NotFound`] if there is no such task, [`Error::Taken`] if it doesn't bear one.
pub fn remind(
    user: &User,
    origin: &Origin,
    wanted: std::result::Result<NewReminder, domain::Error>,
    key: Option<&IdempotencyKey>,
) -> Result<(Reminder, String)> {
    let outcome = once(user, wanted, key, |wanted| {
        let most = limits::count("reminders_per_task")?;
        Ok(reminders::insert(user, origin, &wanted, most, key)?)
    })?;
    let mut outcome = outcome.ok_or(Error::NotFound("Task"))?;
    let made_by = outcome.correlation_id.take();
    Ok((reminder_of(outcome)?, made_by.unwrap_or_else(|| origin.correlation_id.clone())))
}

/// Puts a reminder off.
///
/// # Errors
/// Those of `until`, [`Error::NotFound`] if there is no such reminder, [`Error::Taken`] if its task is over.
pub fn snooze(
    user: &User,
    origin: &Origin,
    id: Uuid,
    until: std::result::Result<Snooze, domain::Error>,
    key: Option<&IdempotencyKey>,
) -> Result<Reminder> {
    let outcome =
        once(user, until, key, |until| Ok(reminders::snooze(user, origin, id, until, key)?))?;
    reminder_of(outcome.ok_or(Error::NotFound("Reminder"))?)
}

/// What was asked for may be over when it comes again: then it is answered as it was the first time.
fn once<W>(
    user: &User,
    wanted: std::result::Result<W, domain::Error>,
    key: Option<&IdempotencyKey>,
    perform: impl FnOnce(W) -> Result<Option<Outcome>>,
) -> Result<Option<Outcome>> {
    match (wanted, key) {
        (Ok(wanted), _) => perform(wanted),
        (Err(error), None) => Err(error.into()),
        (Err(error), Some(key)) => {
            idempotency_keys::answer(user, key)?.map(Some).ok_or_else(|| error.into())
        }
    }
}

/// The reminder that was made or put off.
///
/// # Errors
/// [`Error::Taken`] if its task doesn't bear one.
fn reminder_of(outcome: Outcome) -> Result<Reminder> {
    let why = if outcome.stands {
        "the task has as many reminders as a task may have; cancel one"
    } else {
        "the task is over; reopen or restore it to be reminded of it"
    };
    outcome.reminder.ok_or(Error::Taken(why))
}
