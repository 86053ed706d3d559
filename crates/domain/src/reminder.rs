use std::borrow::Cow;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::fields::Fields;
use crate::names::names;
use crate::query::{CURSOR, LIMIT, PARAMETER, read};
use crate::webhook::is_address;
use crate::{Error, Lead, Page, Time};

/// That a person wants to hear of a task, when and where: as the API shows it and events carry it.
///
/// SQL's `reminder_json` writes it, this type reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the customer's or say what they are")]
pub struct Reminder {
    pub id: Uuid,
    pub user_id: Uuid,
    pub task_id: Uuid,
    /// When it comes; null: its task has no due date.
    pub trigger_time: Option<Time>,
    pub status: ReminderStatus,
    pub delivery_method: DeliveryMethod,
    /// Null: wherever its user is reached by this method.
    pub destination: Option<String>,
    /// How long before its task is due, as an ISO 8601 duration; null: it comes `at` a time of its own.
    pub lead_time: Option<String>,
    pub at: Option<Time>,
    pub snoozed_until: Option<Time>,
    /// Whether it came late, because nothing ran when it was due.
    pub late: bool,
    /// How often it was tried again, and when last.
    pub retry_count: u32,
    pub last_retry_at: Option<Time>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// Attempts of which nobody knows whether they arrived: so often it may have come more than once.
    pub possible_duplicates: u32,
    pub created_at: Time,
    pub sent_at: Option<Time>,
}

/// How far a reminder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReminderStatus {
    /// To come.
    Pending,
    /// It came due, and is on its way.
    Sending,
    /// It was delivered.
    Sent,
    /// It couldn't be delivered.
    Failed,
    /// Its task was completed or deleted before it came; with its task it comes back.
    Cancelled,
}

/// How a person is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMethod {
    /// At their account's address.
    #[default]
    Email,
    /// In each browser that has subscribed.
    Push,
    /// By a POST to an address, or to a topic of ntfy.
    Webhook,
}

names!(ReminderStatus: Pending = "pending", Sending = "sending", Sent = "sent", Failed = "failed", Cancelled = "cancelled");
names!(DeliveryMethod: Email = "email", Push = "push", Webhook = "webhook");

/// When a reminder comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So long before its task is due.
    Before(Lead),
    /// At a time of its own.
    At(Time),
}

/// `POST /api/reminders`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the document")]
pub struct NewReminder {
    pub task_id: Uuid,
    pub when: When,
    pub delivery_method: DeliveryMethod,
    pub destination: Option<String>,
}

/// `POST /api/reminders/:id/snooze`: until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snooze(pub Time);

/// Which reminders: `GET /api/reminders?task_id=&status=&limit=&cursor=`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReminderQuery {
    /// Of this task.
    pub task_id: Option<Uuid>,
    /// Only those that are this far.
    pub status: Option<ReminderStatus>,
    /// Which part of them.
    pub page: Page,
}

const LEAD: &str = "a duration such as 15m, 2h, 1d or PT15M, of at most 366 days";
const AT: &str =
    "an RFC 3339 date-time in the future such as 2030-01-01T09:00:00Z, and no lead_time beside it";
pub(crate) const METHOD: (&str, &str) = ("delivery_method", "email, push or webhook");
const DESTINATION: (&str, &str) = (
    "destination",
    "of a webhook and of nothing else: an address of at most 500 characters, https:// or http://, or ntfys:// or ntfy:// for a \
     topic of ntfy",
);

pub(crate) const NEW: [(&str, &str); 5] =
    [("task_id", "a task's id"), ("lead_time", LEAD), ("at", AT), METHOD, DESTINATION];
pub(crate) const SNOOZE: [(&str, &str); 2] = [
    ("until", "an RFC 3339 date-time in the future such as 2030-01-01T09:00:00Z"),
    ("for", "a duration such as 10m, 2h or 1d of at most 366 days, and no until beside it"),
];
pub(crate) const CONFIG: [(&str, &str); 5] = [
    ("lead_time", LEAD),
    ("at", "an RFC 3339 date-time, or one without an offset, and no lead_time beside it"),
    METHOD,
    DESTINATION,
    ("snoozed_until", "an RFC 3339 date-time, or one without an offset"),
];
pub(crate) const PARAMETERS: [(&str, &str); 4] = [
    ("task_id", "a task's id"),
    ("status", "pending, sending, sent, failed or cancelled"),
    LIMIT,
    CURSOR,
];

/// How many characters a destination may have.
pub(crate) const MOST_DESTINATION: usize = 500;

impl NewReminder {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value, now: Time) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &NEW, "a field of a reminder")?;
        let task_id = fields.required("task_id", id);
        let at = fields.optional("at", |value| later(value, now));
        let when = match at {
            Some(at) => {
                fields.refuse("lead_time", "at");
                When::At(at)
            }
            None => When::Before(fields.required("lead_time", lead)),
        };
        let delivery_method = fields.optional("delivery_method", method).unwrap_or_default();
        let destination = match delivery_method {
            DeliveryMethod::Webhook => Some(fields.required("destination", destination)),
            _ => fields.optional("destination", |_| None),
        };
        fields.finish(Self { task_id, when, delivery_method, destination })
    }
}

impl Snooze {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value, now: Time) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &SNOOZE, "a field of a snooze")?;
        let until = match fields.optional("for", lead) {
            Some(lead) => {
                fields.refuse("until", "for");
                let micros = now.as_micros() + i64::from(lead.as_seconds()) * 1_000_000;
                Time::from_micros(micros).unwrap_or(now)
            }
            None => fields.required("until", |value| later(value, now).map(Some)).unwrap_or(now),
        };
        fields.finish(Self(until))
    }
}

impl ReminderQuery {
    /// Reads the decoded parameters of a query string.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        read(parameters, &PARAMETERS, PARAMETER, Self::default(), |query, name, value| {
            match name {
                "task_id" => query.task_id = Some(value.parse().ok()?),
                "status" => query.status = Some(ReminderStatus::parse(value)?),
                _ => query.page.set(name, value)?,
            }
            Some(())
        })
    }
}

/// A task's `reminder_config`: the short form of one reminder, which is kept as it was written. `tasks_reminders.sql` makes a
/// reminder of it.
pub(crate) fn config(value: Value) -> Option<Option<Map<String, Value>>> {
    let config = match value {
        Value::Null => return Some(None),
        Value::Object(config) => config,
        _ => return None,
    };
    let fields = Fields::new(config.clone().into(), &CONFIG, "a key of a reminder_config");
    let mut fields = fields.ok()?;
    let lead = fields.optional("lead_time", lead);
    let at = fields.optional("at", local_or_instant);
    fields.optional("snoozed_until", local_or_instant);
    let method = fields.optional("delivery_method", method).unwrap_or_default();
    let place = fields.optional("destination", destination);
    fields.finish(()).ok()?;
    let is_webhook = method == DeliveryMethod::Webhook;
    (place.is_some() == is_webhook && !(lead.is_some() && at.is_some())).then_some(Some(config))
}

fn id(value: Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn lead(value: Value) -> Option<Lead> {
    value.as_str()?.parse().ok()
}

fn later(value: Value, now: Time) -> Option<Time> {
    value.as_str()?.parse().ok().filter(|time| *time > now)
}

fn method(value: Value) -> Option<DeliveryMethod> {
    DeliveryMethod::parse(value.as_str()?)
}

/// What has no offset is on the wall of the task's time zone; Postgres reads it by its 19 characters.
fn local_or_instant(value: Value) -> Option<()> {
    let text = value.as_str()?;
    let is_local =
        || text.len() == 19 && NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").is_ok();
    (text.parse::<Time>().is_ok() || is_local()).then_some(())
}

fn destination(value: Value) -> Option<String> {
    let text = value.as_str()?;
    let http = match text.strip_prefix("ntfy") {
        Some(rest) => format!("http{rest}"),
        None => text.to_owned(),
    };
    (text.len() <= MOST_DESTINATION && is_address(&http)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TASK: &str = "0190aaaa-0000-7000-8000-000000000001";

    fn now() -> Time {
        "2026-11-26T09:00:00Z".parse().unwrap()
    }

    fn new(mut document: Value) -> Result<NewReminder, String> {
        document["task_id"] = TASK.into();
        NewReminder::parse(document, now()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_reminder_comes_before_its_task_or_at_a_time() {
        let reminder = new(json!({"lead_time": "15m"})).unwrap();
        assert_eq!(reminder.when, When::Before("PT15M".parse().unwrap()));
        assert_eq!((reminder.delivery_method, reminder.destination), (DeliveryMethod::Email, None));
        let at = "2026-11-26T09:00:01Z";
        let reminder = new(json!({"at": at, "delivery_method": "push"})).unwrap();
        assert_eq!(reminder.when, When::At(at.parse().unwrap()));
        for (wrong, said) in [
            (json!({}), "lead_time must be a duration"),
            (json!({"at": at, "lead_time": "15m"}), "lead_time can't be set"),
            (
                json!({"at": "2026-11-26T09:00:00Z"}),
                "at must be an RFC 3339 date-time in the future",
            ),
            (json!({"lead_time": "soon"}), "lead_time must be a duration"),
            (
                json!({"lead_time": "1h", "delivery_method": "pigeon"}),
                "delivery_method must be email",
            ),
            (json!({"lead_time": "1h", "when": 1}), "when is not a field of a reminder"),
        ] {
            let heard = new(wrong.clone()).unwrap_err();
            assert!(heard.starts_with(said), "{wrong}: {heard}");
        }
    }

    /// Mail goes to nobody else: else whoever registers could have us write to anybody.
    #[test]
    fn only_a_webhook_has_a_destination() {
        for place in [
            "https://example.com/x",
            "http://localhost:8080/",
            "ntfys://ntfy.sh/mine",
            "ntfy://h/t",
        ] {
            let webhook =
                json!({"lead_time": "1h", "delivery_method": "webhook", "destination": place});
            assert_eq!(new(webhook).unwrap().destination.as_deref(), Some(place));
        }
        let long = format!("https://example.com/{}", "x".repeat(500));
        for place in ["", "mom@example.com", "ftp://example.com", "ntfyx://h/t", &long] {
            let webhook =
                json!({"lead_time": "1h", "delivery_method": "webhook", "destination": place});
            assert!(new(webhook).is_err(), "{place}");
        }
        let mail = json!({"lead_time": "1h", "delivery_method": "email", "destination": "mom@example.com"});
        assert!(new(mail).is_err());
        assert!(new(json!({"lead_time": "1h", "delivery_method": "webhook"})).is_err());
    }

    #[test]
    fn a_snooze_is_until_a_time_or_for_a_while() {
        let parse = |document| Snooze::parse(document, now());
        assert_eq!(parse(json!({"for": "10m"})).unwrap().0.to_string(), "2026-11-26T09:10:00Z");
        let until = json!({"until": "2026-11-27T09:00:00Z"});
        assert_eq!(parse(until).unwrap().0.to_string(), "2026-11-27T09:00:00Z");
        for wrong in [
            json!({}),
            json!({"for": "10"}),
            json!({"until": "2026-11-26T08:00:00Z"}),
            json!({"for": "10m", "until": "2026-11-27T09:00:00Z"}),
        ] {
            assert!(parse(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tasks_short_form_is_checked_and_kept_as_it_is() {
        for good in [
            json!({}),
            json!({"lead_time": "15m", "delivery_method": "email"}),
            json!({"lead_time": "PT0S", "snoozed_until": "2026-11-22T18:00:00"}),
            json!({"at": "2026-11-22T18:00:00Z", "delivery_method": "push"}),
            json!({"delivery_method": "webhook", "destination": "ntfys://ntfy.sh/mine"}),
        ] {
            assert_eq!(config(good.clone()).unwrap().map(Value::from), Some(good));
        }
        assert_eq!(config(Value::Null), Some(None));
        for wrong in [
            json!([]),
            json!({"lead": "15m"}),
            json!({"lead_time": 15}),
            json!({"lead_time": "15m", "at": "2026-11-22T18:00:00Z"}),
            json!({"at": "tomorrow"}),
            json!({"snoozed_until": "2026-11-22"}),
            json!({"delivery_method": "webhook"}),
            json!({"destination": "mom@example.com"}),
        ] {
            assert_eq!(config(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn reminders_are_chosen_by_task_and_status() {
        let parse = |pairs: &[(&'static str, &'static str)]| {
            ReminderQuery::parse(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())))
        };
        let query = parse(&[("task_id", TASK), ("status", "sent"), ("limit", "5")]).unwrap();
        assert_eq!(query.task_id.unwrap().to_string(), TASK);
        assert_eq!((query.status, query.page.limit), (Some(ReminderStatus::Sent), 5));
        for wrong in [[("task_id", "x")], [("status", "lost")], [("state", "sent")]] {
            assert!(parse(&wrong).is_err(), "{wrong:?}");
        }
    }
}
