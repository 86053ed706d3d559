//! Reminders: what their users make of them, and what has to be delivered, of any users.

use domain::{
    Cursor, IdempotencyKey, Listing, NewReminder, Origin, Reminder, ReminderQuery, Snooze, User,
    When,
};
use serde::{Deserialize, Serialize};
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::database::{document, event, json, list, nullable, page, text, uuid};
use crate::statements::{
    REMINDER_DELETE, REMINDER_INSERT, REMINDER_LIST_BY_USER, REMINDER_SELECT, REMINDER_SNOOZE,
};
use crate::system::{REMINDER_RECORD, REMINDER_TAKE};
use crate::{Result, idempotency_keys};

/// What came of a reminder that was to be made or put off.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// The reminder; none if its task doesn't bear one.
    pub reminder: Option<Reminder>,
    /// Whether its task is still to be done.
    pub stands: bool,
    /// Whether its task has room for one more.
    pub fits: bool,
    /// Of one that was made: by which request.
    pub correlation_id: Option<String>,
}

/// A new reminder of a task that may have `most`. `None`: there is no such task.
pub fn insert(
    user: &User,
    origin: &Origin,
    reminder: &NewReminder,
    most: u32,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Outcome>> {
    let (lead, at) = match reminder.when {
        When::Before(lead) => (text(lead), ParameterValue::DbNull),
        When::At(time) => (ParameterValue::DbNull, text(time)),
    };
    let mut parameters = vec![
        uuid(user.id),
        uuid(Uuid::now_v7()),
        uuid(reminder.task_id),
        text(reminder.delivery_method.as_str()),
        nullable(reminder.destination.as_ref(), text),
        lead,
        at,
        ParameterValue::Int64(most.into()),
    ];
    parameters.extend(event(origin));
    parameters.extend(idempotency_keys::parameters(key));
    idempotency_keys::once(user, key, document(REMINDER_INSERT, &parameters))
}

/// A reminder. `None`: there is no such reminder.
pub fn select(user: &User, id: Uuid) -> Result<Option<Reminder>> {
    document(REMINDER_SELECT, &[uuid(user.id), uuid(id)])
}

/// A page of reminders, the newest first.
pub fn list_by_user(user: &User, wanted: &ReminderQuery) -> Result<Listing<Reminder>> {
    let status = wanted.status.map(|status| status.as_str());
    let mut parameters =
        vec![uuid(user.id), nullable(wanted.task_id, uuid), nullable(status, text)];
    parameters.extend(page(&wanted.page));
    let found = list(REMINDER_LIST_BY_USER, &parameters)?;
    let place = |it: &Reminder| Cursor { time: it.created_at, id: it.id };
    Ok(Listing::new(&wanted.page, found, place))
}

/// Puts a reminder off. `None`: there is no such reminder.
pub fn snooze(
    user: &User,
    origin: &Origin,
    id: Uuid,
    Snooze(until): Snooze,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Outcome>> {
    let mut parameters = vec![uuid(user.id), uuid(id), text(until)];
    parameters.extend(event(origin));
    parameters.extend(idempotency_keys::parameters(key));
    idempotency_keys::once(user, key, document(REMINDER_SNOOZE, &parameters))
}

/// Cancels a reminder. `false`: there is no such reminder.
pub fn delete(user: &User, origin: &Origin, id: Uuid) -> Result<bool> {
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    Ok(document::<Uuid>(REMINDER_DELETE, &parameters)?.is_some())
}

/// What is told to have something to deliver: all of a reminder that came due, or one delivery again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Whose it is.
    pub user_id: Uuid,
    /// The reminder.
    pub reminder_id: Uuid,
    /// Which time of its coming due.
    pub firing: i32,
    /// One of its deliveries, or all.
    #[serde(default)]
    pub delivery_id: Option<Uuid>,
    /// It counts as long as nobody has set out since; of all, 0.
    #[serde(default)]
    pub claim: i32,
}

/// Something to deliver, and all that it takes.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct Due {
    pub user_id: Uuid,
    pub delivery_id: Uuid,
    pub claim: i32,
    /// With this one.
    pub attempts: u32,
    /// Whether an earlier attempt may have arrived.
    pub repeated: bool,
    pub reminder_id: Uuid,
    pub task_id: Uuid,
    pub correlation_id: String,
    pub method: domain::DeliveryMethod,
    /// Of mail and webhooks; none if the user has no address or wants no mail.
    pub destination: Option<String>,
    /// Of a push; none if the user has no browser.
    pub subscription: Option<Subscription>,
    pub unsubscribed: bool,
    pub unsubscribe_token: Uuid,
    pub language: String,
    pub late: bool,
    pub title: String,
    pub description: Option<String>,
    /// On its user's wall; midnight if `all_day`.
    pub due: Option<chrono::NaiveDateTime>,
    pub all_day: bool,
    pub timezone: String,
}

/// A browser that is told.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of a push subscription")]
pub struct Subscription {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Whose it is.
    pub user_id: Uuid,
    /// The delivery.
    pub delivery_id: Uuid,
    /// By which it was taken.
    pub claim: i32,
    /// What came of it.
    pub outcome: Came,
    /// Why it failed, for its user.
    pub error: Option<String>,
}

/// What can come of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Came {
    /// It arrived.
    Delivered,
    /// It is not wanted, and not repeated.
    Refused,
    /// Nobody is there any more who could want it.
    Gone,
    /// It did not arrive.
    Failed,
    /// It may have arrived.
    Unknown,
}

/// Sets out to deliver what was told of by these methods, of what nobody has set out for. `puts_off`: what is for hosts that
/// failed last is told again where only its like wait.
pub fn take(told: &[Told], methods: &[domain::DeliveryMethod], puts_off: bool) -> Result<Vec<Due>> {
    let methods: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
    let methods = text(format!("{{{}}}", methods.join(",")));
    list(REMINDER_TAKE, &[json(&told), methods, ParameterValue::Boolean(puts_off)])
}

/// Notes what became of attempts.
pub fn record(attempts: &[Attempt]) -> Result<()> {
    document::<u64>(REMINDER_RECORD, &[json(&attempts)]).map(drop)
}
