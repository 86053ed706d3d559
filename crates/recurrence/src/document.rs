//! What a task keeps of a recurrence: `tasks.recurrence_rule`.
//!
//! Either the short form, `{"pattern": "monthly", "interval": 2}`, or `{"rrule": "FREQ=…", "after_completion": true}`;
//! with both, `exceptions`, and with the short form `count` or `until`.

use chrono::Weekday;
use serde_json::{Map, Value};

use crate::Error;
use crate::parts::{self, Frequency, Parts, Until};
use crate::rule::{Exception, Rule};

const PATTERNS: &str = "daily, weekdays, weekly, monthly or yearly";
const KEYS: &[&str] =
    &["pattern", "interval", "count", "until", "rrule", "after_completion", "exceptions"];

impl Rule {
    /// Reads what a task keeps.
    ///
    /// A monthly or yearly rule that names no day is on the due date's day, or on the month's last one where it is
    /// shorter: from 31 January to 28 February, and on to 31 March.
    pub fn from_document(document: &Map<String, Value>) -> Result<Self, Error> {
        if let Some(key) = document.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(Error::part("a key", key, KEYS.join(", ")));
        }
        let present = |key: &str| document.get(key).filter(|value| !value.is_null());
        let mut rule = match (present("rrule"), present("pattern")) {
            (Some(rrule), None) => {
                for key in ["interval", "count", "until"] {
                    if let Some(value) = present(key) {
                        return Err(Error::part(key, &value.to_string(), "to stand in rrule"));
                    }
                }
                let text = rrule
                    .as_str()
                    .ok_or_else(|| Error::part("rrule", &rrule.to_string(), "a text"))?;
                Self::of(Parts::parse(text)?)
            }
            (None, Some(pattern)) => short(pattern, &present)?,
            (Some(_), Some(pattern)) => {
                return Err(Error::part("pattern", &pattern.to_string(), "no rrule beside it"));
            }
            (None, None) => return Err(Error::Missing("pattern", PATTERNS)),
        };
        // BYSETPOS needs another part, so without one there is none that the fallback could replace.
        rule.last_day = rule.parts.by_set_pos.is_empty();
        if let Some(value) = present("after_completion") {
            rule.after_completion = value.as_bool().ok_or_else(|| {
                Error::part("after_completion", &value.to_string(), "true or false")
            })?;
        }
        if let Some(value) = present("exceptions") {
            let wrong = |value: &Value| {
                let expected =
                    "an array of days or local times, such as 2026-12-25 or 2026-12-25T09:00:00";
                Error::part("exceptions", &value.to_string(), expected)
            };
            for item in value.as_array().ok_or_else(|| wrong(value))? {
                let text = item.as_str().ok_or_else(|| wrong(item))?;
                rule.skip(match parts::until(text) {
                    Ok(Until::Day(day)) => Exception::Day(day),
                    Ok(Until::Local(time)) => Exception::Time(time),
                    Ok(Until::Utc(_)) | Err(_) => return Err(wrong(item)),
                })?;
            }
        }
        Ok(rule)
    }
}

fn short<'a>(pattern: &Value, present: &impl Fn(&str) -> Option<&'a Value>) -> Result<Rule, Error> {
    let wrong = || Error::part("pattern", &pattern.to_string(), PATTERNS);
    let mut parts = Parts::new(match pattern.as_str().ok_or_else(wrong)? {
        "daily" => Frequency::Daily,
        "weekly" | "weekdays" => Frequency::Weekly,
        "monthly" => Frequency::Monthly,
        "yearly" => Frequency::Yearly,
        _ => return Err(wrong()),
    });
    if pattern == "weekdays" {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        parts.by_day = [Mon, Tue, Wed, Thu, Fri].map(|day| (0, day)).to_vec();
    }
    let number = |key: &str, max: i64| {
        // For JSON, 2.0 is a whole number, too.
        let whole = |value: &Value| {
            let whole = value.as_f64().filter(|it| it.fract() == 0.0 && it.abs() < 1e15)?;
            Some((whole as i64).to_string())
        };
        let read = |value: &Value| {
            let text = whole(value).unwrap_or_else(|| value.to_string());
            parts::number(key, &text, 1, max)
        };
        present(key).map(read).transpose()
    };
    if let Some(interval) = number("interval", 9999)? {
        parts.interval = interval as u16;
    }
    parts.count = number("count", u32::MAX.into())?.map(|count| count as u32);
    if let Some(value) = present("until") {
        let text =
            value.as_str().ok_or_else(|| Error::part("until", &value.to_string(), "a text"))?;
        parts.until = Some(parts::until(text)?);
    }
    parts.check()?;
    Ok(Rule::of(parts))
}
