//! What each field of a task may be. A rule gives the value as it is kept, or nothing.

use std::ops::RangeInclusive;

use recurrence::Rule;
use serde_json::{Map, Value};

use crate::{DueDate, FieldError, Priority};

/// What a client may set, and what each field may be: "`title` must be …".
pub(crate) const FIELDS: [(&str, &str); 8] = [
    ("title", "1 to 500 characters, none of them U+0000"),
    ("description", "at most 10,000 characters, none of them U+0000, or null"),
    (
        "due_date",
        "an RFC 3339 date-time such as 2026-11-21T09:00:00Z, a day such as 2026-11-21, or null",
    ),
    TIMEZONE,
    ("priority", "low, medium or high"),
    ("tags", "a list of at most 50 different texts of 1 to 100 characters"),
    ("reminder_config", REMINDER_CONFIG),
    ("recurrence_rule", RULE),
];

const REMINDER_CONFIG: &str = "null, or an object of lead_time (such as 15m, 2h, 1d or PT15M) or at (an RFC 3339 date-time), \
                               delivery_method (email, push or webhook), destination (of a webhook) and snoozed_until";

/// Of whatever has a time zone of its own.
pub(crate) const TIMEZONE: (&str, &str) =
    ("timezone", "a name of IANA's time zones such as Europe/Madrid, or UTC");

const RULE: &str = "an object such as {\"pattern\": \"weekly\"} or {\"rrule\": \"FREQ=WEEKLY;BYDAY=MO\"}, of at \
                    most 4096 bytes and 16 levels, or null";

/// How many characters a title may have.
pub(crate) const MOST_TITLE: usize = 500;
/// How many characters a description may have.
pub(crate) const MOST_DESCRIPTION: usize = 10_000;
/// How many tags a task may have.
pub(crate) const MOST_TAGS: usize = 50;
/// How many characters a tag may have.
pub(crate) const MOST_TAG: usize = 100;
/// How many characters the name of a time zone may have.
pub(crate) const MOST_TIMEZONE: usize = 64;

/// How deep an object of a client may nest. It stands deeper in its event and there in a list of
/// audit rows, and `serde_json` reads no more than 128 levels.
const MOST_LEVELS: u32 = 16;

/// Other numbers would be kept, but jsonb writes all their digits: 5e-324 in 326 characters.
const NUMBERS: RangeInclusive<f64> = 1e-15..=1e20;

/// The other fields of a task, and what changes them.
const READ_ONLY: [(&str, Option<&str>); 15] = [
    ("id", None),
    ("user_id", None),
    ("version", None),
    ("all_day", Some("it follows from due_date")),
    ("status", Some("POST to the task's /complete, /reopen or /restore, or DELETE it")),
    ("reminder_id", None),
    ("parent_task_id", None),
    ("series_id", None),
    ("occurrence", Some("POST to the task's /skip leaves one out")),
    ("series_start", Some("PATCH due_date with ?scope=series")),
    ("series_fields", Some("PATCH the fields themselves with ?scope=this")),
    ("created_at", None),
    ("updated_at", None),
    ("completed_at", None),
    ("deleted_at", None),
];

pub(crate) const DEFAULT_TIMEZONE: &str = "UTC";

impl FieldError {
    /// The value of a task's `field` is not what it may be; `None` if no client can set it.
    ///
    /// For what only Postgres finds: it knows every time zone, and how large a number gets.
    pub fn of_task(field: &str) -> Option<Self> {
        let is_known = FIELDS.iter().any(|(name, _)| *name == field);
        is_known.then(|| wrong(field))
    }
}

/// What to say about a field that a client should not have set, or not like this.
pub(crate) fn wrong(field: &str) -> FieldError {
    match READ_ONLY.into_iter().find(|(name, _)| *name == field) {
        Some((field, instead)) => FieldError::ReadOnly { field, instead },
        None => FieldError::among(&FIELDS, field, "a field of a task"),
    }
}

pub(crate) fn title(value: Value) -> Option<String> {
    let title = value.as_str()?.trim();
    is_text(title, 1, MOST_TITLE).then(|| title.to_owned())
}

pub(crate) fn description(value: Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) if is_text(&text, 0, MOST_DESCRIPTION) => Some(Some(text)),
        _ => None,
    }
}

pub(crate) fn due_date(value: Value) -> Option<Option<DueDate>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => text.parse().ok().map(Some),
        _ => None,
    }
}

/// Lets through what can be a name of IANA's database. Postgres would also take POSIX's rules such
/// as `Foo5`, which are no places, and looks for the name whatever its case.
pub(crate) fn timezone(value: Value) -> Option<String> {
    let name = match value {
        Value::Null => DEFAULT_TIMEZONE.to_owned(),
        Value::String(name) if name.len() <= MOST_TIMEZONE => name,
        _ => return None,
    };
    let can_be = name == DEFAULT_TIMEZONE
        || name.split_once('/').is_some_and(|(area, place)| is_place(area, place))
        || name.strip_prefix("Etc/GMT").is_some_and(is_offset);
    can_be.then_some(name)
}

/// `posix` and `right` are variants of the whole database. The latter counts leap seconds, by which
/// a day would begin on the day before.
fn is_place(area: &str, place: &str) -> bool {
    let is_variant = ["posix", "right"].iter().any(|name| area.eq_ignore_ascii_case(name));
    let letters = |text: &str, others: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || others.contains(c))
    };
    !is_variant && letters(area, "") && letters(place, "/_-")
}

/// The signs are POSIX's: `Etc/GMT+12` is the last place on earth where a day ends.
fn is_offset(text: &str) -> bool {
    let (hours, most) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(hours), _) => (hours, 12),
        (_, Some(hours)) => (hours, 14),
        _ => return false,
    };
    hours.parse().is_ok_and(|number: u8| number <= most && number.to_string() == hours)
}

pub(crate) fn priority(value: Value) -> Option<Priority> {
    match value {
        Value::Null => Some(Priority::default()),
        Value::String(name) => Priority::parse(&name),
        _ => None,
    }
}

pub(crate) fn tags(value: Value) -> Option<Vec<String>> {
    let values = match value {
        Value::Null => return Some(Vec::new()),
        Value::Array(values) if values.len() <= MOST_TAGS => values,
        _ => return None,
    };
    let mut tags: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        let tag = value.as_str()?.trim();
        if !is_text(tag, 1, MOST_TAG) || tags.iter().any(|other| other == tag) {
            return None;
        }
        tags.push(tag.to_owned());
    }
    Some(tags)
}

pub(crate) fn object(value: Value) -> Option<Option<Map<String, Value>>> {
    let fits = can_be_kept(&value, MOST_LEVELS) && value.to_string().len() <= 4096;
    match value {
        Value::Null => Some(None),
        Value::Object(object) if fits => Some(Some(object)),
        _ => None,
    }
}

/// A rule that can be followed; or what is wrong with it, and where.
pub(crate) fn recurrence_rule(value: Value) -> Result<Option<Map<String, Value>>, FieldError> {
    const FIELD: &str = "recurrence_rule";
    let document = object(value).ok_or_else(|| wrong(FIELD))?;
    if let Some(document) = &document {
        Rule::from_document(document)
            .map_err(|error| FieldError::Malformed { field: FIELD, reason: error.to_string() })?;
    }
    Ok(document)
}

/// What a column of so many characters can hold; Postgres knows no NUL.
pub(crate) fn is_text(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.contains('\0')
}

/// Whether jsonb can keep the value, as large as it is here and for any reader.
fn can_be_kept(value: &Value, levels: u32) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => {
            number.as_f64().is_some_and(|it| it == 0.0 || NUMBERS.contains(&it.abs()))
        }
        Value::String(text) => !text.contains('\0'),
        Value::Array(values) => {
            levels > 0 && values.iter().all(|value| can_be_kept(value, levels - 1))
        }
        Value::Object(object) => {
            let can_be_kept = |(name, value): (&String, &Value)| {
                !name.contains('\0') && can_be_kept(value, levels - 1)
            };
            levels > 0 && object.iter().all(can_be_kept)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_zone_is_a_place_or_an_offset() {
        for name in [
            "UTC",
            "Europe/Madrid",
            "America/Argentina/Buenos_Aires",
            "America/Port-au-Prince",
            "Etc/UTC",
            "Etc/GMT+0",
            "Etc/GMT+12",
            "Etc/GMT-14",
        ] {
            assert_eq!(timezone(json!(name)).as_deref(), Some(name));
        }
        for name in [
            "",
            "Foo5",
            "Europe/",
            "/Madrid",
            "Europe/Foo5",
            "right/Europe/Madrid",
            "Right/Europe/Madrid",
            "posix/Europe/Madrid",
            "POSIX/Europe/Madrid",
            "Etc/GMT+13",
            "Etc/GMT-15",
            "Etc/GMT+013",
            "Etc/GMT+00",
            "Etc/GMT++5",
            "Etc/GMT+",
            "Etc/GMT+256",
        ] {
            assert_eq!(timezone(json!(name)), None, "{name}");
        }
    }

    #[test]
    fn an_object_nests_only_so_deep() {
        let nested = |levels: usize| {
            let text = "{\"a\":".repeat(levels - 1) + "{}" + &"}".repeat(levels - 1);
            object(serde_json::from_str(&text).unwrap())
        };
        assert!(nested(16).is_some());
        assert!(nested(17).is_none());
        assert!(nested(120).is_none());
        let list = "[".repeat(15) + &"]".repeat(15);
        assert!(object(json!({"a": serde_json::from_str::<Value>(&list).unwrap()})).is_some());
        assert!(object(json!({"a": [serde_json::from_str::<Value>(&list).unwrap()]})).is_none());
    }

    #[test]
    fn a_number_is_kept_where_postgres_writes_it_shortly() {
        for (number, is_kept) in [
            ("0", true),
            ("-0.0", true),
            ("1", true),
            ("-2.5e-3", true),
            ("1e-15", true),
            ("1e20", true),
            ("18446744073709551615", true),
            ("9e-16", false),
            ("-1.1e20", false),
            ("5e-324", false),
            ("1.7976931348623157e308", false),
        ] {
            let number: Value = serde_json::from_str(number).unwrap();
            assert_eq!(object(json!({"a": [number]})).is_some(), is_kept, "{number}");
        }
    }

    #[test]
    fn an_object_has_at_most_4096_bytes() {
        let document = |length: usize| json!({"a": "x".repeat(length - 8)});
        assert_eq!(document(4096).to_string().len(), 4096);
        assert!(object(document(4096)).is_some());
        assert!(object(document(4097)).is_none());
    }
}
