use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How long before something: whole seconds, at most [`Lead::MOST_DAYS`] days.
///
/// It is written as an ISO 8601 duration. Days are days of a calendar, so that a day before nine o'clock is nine o'clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lead {
    days: u32,
    seconds: u32,
}

/// The text is no duration, or a longer one than we count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a duration such as 15m, 2h, 1d or PT15M, of at most {} days", Lead::MOST_DAYS)]
pub struct LeadError;

impl Lead {
    /// A year's reminder of a leap year's day.
    pub const MOST_DAYS: u32 = 366;

    /// All of it in seconds, a day having 24 hours.
    pub fn as_seconds(self) -> u32 {
        self.days * DAY + self.seconds
    }
}

const DAY: u32 = 24 * 60 * 60;

impl FromStr for Lead {
    type Err = LeadError;

    /// Reads `PT15M`, `P1DT2H`, `P2W` (ISO 8601, without years and months), or what people write: `15m`, `2h`, `1d`, `1h30m`.
    fn from_str(text: &str) -> Result<Self, LeadError> {
        let upper = text.to_ascii_uppercase();
        let (mut rest, is_iso) = match upper.strip_prefix('P') {
            Some(rest) => (rest, true),
            None => (upper.as_str(), false),
        };
        let mut lead = Self { days: 0, seconds: 0 };
        // The units that may still come, the largest first.
        let mut left = "WDHMS";
        let mut in_time = !is_iso;
        if rest.is_empty() {
            return Err(LeadError);
        }
        while !rest.is_empty() {
            if is_iso && !in_time && rest.starts_with('T') {
                (rest, in_time) = (&rest[1..], true);
                left = "HMS";
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number: u32 = rest.get(..digits).and_then(|it| it.parse().ok()).ok_or(LeadError)?;
            let unit = rest[digits..].chars().next().ok_or(LeadError)?;
            let place = left.find(unit).ok_or(LeadError)?;
            left = &left[place + 1..];
            rest = &rest[digits + 1..];
            let (days, seconds) = match unit {
                'W' => (7, 0),
                'D' => (1, 0),
                _ if !in_time => return Err(LeadError),
                'H' => (0, 60 * 60),
                'M' => (0, 60),
                _ => (0, 1),
            };
            let more = |sum: u32, of: u32| sum.checked_add(number.checked_mul(of)?);
            lead.days = more(lead.days, days).ok_or(LeadError)?;
            lead.seconds = more(lead.seconds, seconds).ok_or(LeadError)?;
        }
        let all = u64::from(lead.days) * u64::from(DAY) + u64::from(lead.seconds);
        (all <= u64::from(Self::MOST_DAYS) * u64::from(DAY)).then_some(lead).ok_or(LeadError)
    }
}

impl fmt::Display for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        if self.days > 0 {
            write!(f, "{}D", self.days)?;
        }
        if self.seconds == 0 {
            return if self.days == 0 { f.write_str("T0S") } else { Ok(()) };
        }
        f.write_str("T")?;
        let (hours, minutes, seconds) =
            (self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60);
        for (number, unit) in [(hours, 'H'), (minutes, 'M'), (seconds, 'S')] {
            if number > 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for Lead {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_read_as_people_and_as_machines_write_it() {
        for (given, written) in [
            ("15m", "PT15M"),
            ("2h", "PT2H"),
            ("1d", "P1D"),
            ("1w", "P7D"),
            ("1h30m", "PT1H30M"),
            ("1d12h", "P1DT12H"),
            ("90m", "PT1H30M"),
            ("36h", "PT36H"),
            ("0m", "PT0S"),
            ("PT15M", "PT15M"),
            ("P1DT2H3M4S", "P1DT2H3M4S"),
            ("P2W", "P14D"),
            ("pt30m", "PT30M"),
            ("P366D", "P366D"),
        ] {
            assert_eq!(given.parse::<Lead>().unwrap().to_string(), written, "{given}");
        }
    }

    #[test]
    fn what_is_no_lead_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "15",
            "m",
            "-5m",
            "1.5h",
            "1mo",
            "1y",
            "P1M",
            "P1Y",
            "P1H",
            "5m1h",
            "1m1m",
            "1h 30m",
            "PT1D",
            "P1DT",
            "367d",
            "8785h",
            "99999999999s",
            "4294967295w",
            "ق15m",
            "15ق",
        ] {
            assert!(text.parse::<Lead>().is_err(), "{text}");
        }
    }
}
