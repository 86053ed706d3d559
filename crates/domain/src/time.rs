use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant to the microsecond, which is what Postgres keeps; years 1 to 9999, which is what
/// RFC 3339 can write.
///
/// It is written in UTC without trailing zeros, letter by letter as SQL's `json_time` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(DateTime<Utc>);

/// The text is no RFC 3339 date-time with an offset, or outside the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date-time")]
pub struct TimeError;

impl Time {
    /// What the clock says.
    pub fn now() -> Self {
        Self::truncate(Utc::now())
    }

    /// Microseconds since 1970.
    pub fn as_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The same for chrono.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The reverse of [`Time::as_micros`]; `None` outside the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).and_then(Self::in_range)
    }

    /// A leap second's nanoseconds go beyond a second; all of it is the last microsecond before.
    fn truncate(instant: DateTime<Utc>) -> Self {
        let micros = instant.nanosecond().min(999_999_999) / 1000;
        Self(instant.with_nanosecond(micros * 1000).unwrap_or(instant))
    }

    fn in_range(instant: DateTime<Utc>) -> Option<Self> {
        (1..=9999).contains(&instant.year()).then(|| Self::truncate(instant))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_rfc3339_opts(SecondsFormat::Micros, true);
        let text = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
        write!(f, "{text}Z")
    }
}

impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| TimeError)?;
        Self::in_range(instant.with_timezone(&Utc)).ok_or(TimeError)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_postgres_writes_it() {
        for (given, written) in [
            ("2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z"),
            ("2026-11-21T09:00:00.120Z", "2026-11-21T09:00:00.12Z"),
            ("2026-11-21T09:00:00.123456789Z", "2026-11-21T09:00:00.123456Z"),
            ("2026-11-21T14:00:00+05:00", "2026-11-21T09:00:00Z"),
            ("2026-11-21T23:59:10.10Z", "2026-11-21T23:59:10.1Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(given.parse::<Time>().unwrap().to_string(), written, "{given}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-11-21",
            "2026-11-21T09:00:00",
            "2026-02-30T09:00:00Z",
            "2026-11-21T25:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "+10000-01-01T00:00:00Z",
        ] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }

    #[test]
    fn microseconds_lead_back_to_the_time() {
        let time: Time = "2026-11-21T09:00:00.123456Z".parse().unwrap();
        assert_eq!(Time::from_micros(time.as_micros()), Some(time));
        assert_eq!(Time::from_micros(i64::MAX), None);
    }
}
