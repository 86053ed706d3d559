use domain::{IdempotencyKey, NewReminder, Origin, Reminder, User};
use store::reminders::{self, Outcome};

use crate::{Error, Result, limits};

/// Makes a reminder.
///
/// # Errors
/// [`Error::NotFound`] if there is no such task, [`Error::Taken`] if it doesn't bear one.
pub fn remind(
    user: &User,
    origin: &Origin,
    wanted: &NewReminder,
    key: Option<&IdempotencyKey>,
) -> Result<Reminder> {
    let most = limits::count("reminders_per_task")?;
    let outcome = reminders::insert(user, origin, wanted, most, key)?;
    reminder_of(outcome.ok_or(Error::NotFound("Task"))?)
}

/// The reminder that was made or put off.
///
/// # Errors
/// [`Error::Taken`] if its task doesn't bear one.
pub fn reminder_of(outcome: Outcome) -> Result<Reminder> {
    let why = if outcome.stands {
        "the task has as many reminders as a task may have; cancel one"
    } else {
        "the task is over; reopen or restore it to be reminded of it"
    };
    outcome.reminder.ok_or(Error::Taken(why))
}
