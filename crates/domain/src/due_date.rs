use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Time;

/// When a task is due: at an instant, or some time on a day of its time zone.
///
/// A day stays a day. It is never turned into midnight UTC, which is another day for half of the
/// world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueDate {
    /// An RFC 3339 date-time.
    At(Time),
    /// An RFC 3339 full-date: `YYYY-MM-DD`.
    On(NaiveDate),
}

/// The text is neither an RFC 3339 date-time nor a full-date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an RFC 3339 date-time nor a day")]
pub struct DueDateError;

impl FromStr for DueDate {
    type Err = DueDateError;

    fn from_str(text: &str) -> Result<Self, DueDateError> {
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        day(text).map(Self::On).ok_or(DueDateError)
    }
}

/// Ten characters, which is also how SQL's `task_is_all_day` knows a day.
fn day(text: &str) -> Option<NaiveDate> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
    if text.len() != 10 || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
        return None;
    }
    if ![year, month, day].into_iter().all(digits) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        .filter(|date| date.year() >= 1)
}

impl fmt::Display for DueDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => time.fmt(f),
            Self::On(day) => write!(f, "{day}"),
        }
    }
}

impl Serialize for DueDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DueDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stays_a_day_and_an_instant_an_instant() {
        for (given, written) in [
            ("2026-11-21", "2026-11-21"),
            ("0001-01-01", "0001-01-01"),
            ("2028-02-29", "2028-02-29"),
            ("2026-11-21T09:00:00+05:00", "2026-11-21T04:00:00Z"),
        ] {
            assert_eq!(given.parse::<DueDate>().unwrap().to_string(), written, "{given}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "soon",
            "2026-02-29",
            "2026-13-01",
            "0000-01-01",
            "2026-1-01",
            "2026-11-211",
            "2026/11/21",
            "+026-11-21",
            "2026-11-21T09:00",
            "٢٠٢٦-١١-٢١",
        ] {
            assert!(text.parse::<DueDate>().is_err(), "{text}");
        }
    }
}
