//! The parts of an RRULE, read and checked: RFC 5545, section 3.3.10.

use chrono::{NaiveDate, NaiveDateTime, Weekday};

use crate::Error;

/// How long a rule's text may be.
pub const LONGEST: usize = 2000;
/// How many times one period may have; a year of seconds would be 31 million.
pub const MOST_TIMES: usize = 100_000;

/// What a period is; the longer, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A rule's parts; an empty list is one that isn't there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub freq: Frequency,
    pub interval: u16,
    pub count: Option<u32>,
    pub until: Option<Until>,
    pub week_start: Weekday,
    pub by_month: Vec<u8>,
    pub by_week_no: Vec<i8>,
    pub by_year_day: Vec<i16>,
    pub by_month_day: Vec<i8>,
    /// 0 stands for every one.
    pub by_day: Vec<(i16, Weekday)>,
    pub by_hour: Vec<u8>,
    pub by_minute: Vec<u8>,
    pub by_second: Vec<u8>,
    pub by_set_pos: Vec<i32>,
}

/// The last moment at which a rule may apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All of this day on the wall.
    Day(NaiveDate),
    /// On the wall.
    Local(NaiveDateTime),
    Utc(NaiveDateTime),
}

const FREQUENCIES: &str = "DAILY, WEEKLY, MONTHLY, YEARLY, HOURLY, MINUTELY or SECONDLY";

impl Parts {
    pub fn new(freq: Frequency) -> Self {
        Self {
            freq,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Mon,
            by_month: Vec::new(),
            by_week_no: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_hour: Vec::new(),
            by_minute: Vec::new(),
            by_second: Vec::new(),
            by_set_pos: Vec::new(),
        }
    }

    /// Reads `FREQ=…;…`, with or without `RRULE:` before it, in any case.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(Error::Long(text.chars().count()));
        }
        let upper = text.trim().to_ascii_uppercase();
        let body = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let mut parts = Self::new(Frequency::Daily);
        let mut seen: Vec<&str> = Vec::new();
        for part in body.split(';') {
            let Some((name, value)) = part.split_once('=') else {
                return Err(Error::part("a part", part, "NAME=VALUE, such as FREQ=DAILY"));
            };
            if seen.contains(&name) {
                return Err(Error::part(name, value, "to stand once"));
            }
            seen.push(name);
            parts.set(name, value)?;
        }
        if !seen.contains(&"FREQ") {
            return Err(Error::Missing("FREQ", FREQUENCIES));
        }
        parts.check()?;
        Ok(parts)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "FREQ" => {
                self.freq =
                    frequency(value).ok_or_else(|| Error::part(name, value, FREQUENCIES))?;
            }
            "INTERVAL" => self.interval = number(name, value, 1, 9999)? as u16,
            "COUNT" => self.count = Some(number(name, value, 1, i64::from(u32::MAX))? as u32),
            "UNTIL" => self.until = Some(until(value)?),
            "WKST" => {
                self.week_start =
                    weekday(value).ok_or_else(|| Error::part(name, value, WEEKDAYS))?;
            }
            "BYMONTH" => self.by_month = list(name, value, 1, 12, false)?,
            "BYWEEKNO" => self.by_week_no = list(name, value, 1, 53, true)?,
            "BYYEARDAY" => self.by_year_day = list(name, value, 1, 366, true)?,
            "BYMONTHDAY" => self.by_month_day = list(name, value, 1, 31, true)?,
            "BYDAY" => self.by_day = days(value)?,
            "BYHOUR" => self.by_hour = list(name, value, 0, 23, false)?,
            "BYMINUTE" => self.by_minute = list(name, value, 0, 59, false)?,
            "BYSECOND" => {
                // Clocks without leap seconds take 60 for 59: section 3.3.12.
                let seconds: Vec<u8> = list(name, value, 0, 60, false)?;
                self.by_second = seconds.into_iter().map(|second| second.min(59)).collect();
                self.by_second.dedup();
            }
            "BYSETPOS" => self.by_set_pos = list(name, value, 1, 366, true)?,
            _ => {
                return Err(Error::part(
                    "a part's name",
                    name,
                    "FREQ, INTERVAL, COUNT, UNTIL, WKST or one of the BY… parts of RFC 5545",
                ));
            }
        }
        Ok(())
    }

    /// What may not stand together.
    pub fn check(&self) -> Result<(), Error> {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        let no = |part, why| Err(Error::Together { part, why });
        if self.count.is_some() && self.until.is_some() {
            return no("COUNT", "UNTIL ends the rule already");
        }
        if !self.by_week_no.is_empty() && self.freq != Yearly {
            return no("BYWEEKNO", "it goes with FREQ=YEARLY alone");
        }
        if !self.by_year_day.is_empty() && matches!(self.freq, Daily | Weekly | Monthly) {
            return no("BYYEARDAY", "it doesn't go with FREQ=DAILY, WEEKLY or MONTHLY");
        }
        if !self.by_month_day.is_empty() && self.freq == Weekly {
            return no("BYMONTHDAY", "it doesn't go with FREQ=WEEKLY");
        }
        if self.by_day.iter().any(|(nth, _)| *nth != 0) {
            if !matches!(self.freq, Monthly | Yearly) {
                return no("BYDAY's number", "it goes with FREQ=MONTHLY or YEARLY alone");
            }
            if !self.by_week_no.is_empty() {
                return no("BYDAY's number", "it doesn't go with BYWEEKNO");
            }
            if self.freq == Monthly && self.by_day.iter().any(|(nth, _)| nth.abs() > 5) {
                return no("BYDAY's number", "a month has each weekday five times at most");
            }
        }
        if !self.by_set_pos.is_empty() {
            let others = self.days_are_named()
                || !self.by_month.is_empty()
                || !self.by_hour.is_empty()
                || !self.by_minute.is_empty()
                || !self.by_second.is_empty();
            if !others {
                return no("BYSETPOS", "it chooses among what another BY… part names");
            }
        }
        let days = match self.freq {
            Yearly => 366,
            Monthly => 31,
            Weekly => 7,
            _ => 1,
        };
        let of_hour = self.by_minute.len().max(1) * self.by_second.len().max(1);
        let hours = if self.is_daily_or_longer() { self.by_hour.len().max(1) } else { 1 };
        let times = days * hours * of_hour;
        // Of all periods before the one that is asked for, all times are looked at.
        let most = match self.freq {
            _ if self.by_set_pos.is_empty() => MOST_TIMES,
            Yearly => 20_000,
            Monthly => 2_000,
            _ => 1_440,
        };
        if times > most {
            return Err(Error::Dense(times, most));
        }
        Ok(())
    }

    pub fn is_daily_or_longer(&self) -> bool {
        self.freq >= Frequency::Daily
    }

    /// Whether a part says on which days; if none does, the first time's day does.
    pub fn days_are_named(&self) -> bool {
        !(self.by_week_no.is_empty()
            && self.by_year_day.is_empty()
            && self.by_month_day.is_empty()
            && self.by_day.is_empty())
    }
}

fn frequency(text: &str) -> Option<Frequency> {
    Some(match text {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return None,
    })
}

const WEEKDAYS: &str = "MO, TU, WE, TH, FR, SA or SU";

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

pub fn number(name: &str, value: &str, min: i64, max: i64) -> Result<i64, Error> {
    let number = value.parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or_else(|| Error::part(name, value, format!("a number from {min} to {max}")))
}

/// Numbers between commas, sorted, each once.
fn list<T: TryFrom<i64> + Ord>(
    name: &str,
    value: &str,
    min: i64,
    max: i64,
    signed: bool,
) -> Result<Vec<T>, Error> {
    let wrong = |item: &str| {
        let negative = if signed { format!(" or -{max} to -{min}") } else { String::new() };
        Error::part(name, item, format!("numbers from {min} to {max}{negative}, between commas"))
    };
    let mut numbers = Vec::new();
    for item in value.split(',') {
        let number: i64 = item.parse().map_err(|_| wrong(item))?;
        let size = if signed { number.saturating_abs() } else { number };
        if !(min..=max).contains(&size) {
            return Err(wrong(item));
        }
        numbers.push(T::try_from(number).map_err(|_| wrong(item))?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn days(value: &str) -> Result<Vec<(i16, Weekday)>, Error> {
    let mut days = Vec::new();
    for item in value.split(',') {
        let wrong = || {
            Error::part(
                "BYDAY",
                item,
                format!("{WEEKDAYS}, maybe with 1 to 53 or -53 to -1 before it"),
            )
        };
        let (nth, day) = item.split_at_checked(item.len().saturating_sub(2)).ok_or_else(wrong)?;
        let nth = match nth {
            "" => 0,
            nth => nth
                .parse()
                .ok()
                .filter(|nth: &i16| (1..=53).contains(&nth.unsigned_abs()))
                .ok_or_else(wrong)?,
        };
        let day = (nth, weekday(day).ok_or_else(wrong)?);
        if !days.contains(&day) {
            days.push(day);
        }
    }
    Ok(days)
}

/// `20261231`, `20261231T170000` or `20261231T170000Z`; the forms of RFC 3339 are taken, too.
pub fn until(value: &str) -> Result<Until, Error> {
    let wrong = || {
        Error::part(
            "UNTIL",
            value,
            "a date or time such as 20261231, 20261231T170000 or 20261231T170000Z",
        )
    };
    let plain = value.replace(['-', ':'], "");
    let (day, time) = match plain.split_once('T') {
        Some((day, time)) => (day, Some(time)),
        None => (plain.as_str(), None),
    };
    let [century, year, month, day] = pairs(day).ok_or_else(wrong)?;
    let year = i32::from(century) * 100 + i32::from(year);
    let day = NaiveDate::from_ymd_opt(year, month.into(), day.into()).ok_or_else(wrong)?;
    let Some(time) = time else { return Ok(Until::Day(day)) };
    let bare = time.strip_suffix('Z');
    let [hour, minute, second] = pairs(bare.unwrap_or(time)).ok_or_else(wrong)?;
    let second = if second == 60 { 59 } else { second };
    let at = day.and_hms_opt(hour.into(), minute.into(), second.into()).ok_or_else(wrong)?;
    Ok(if bare.is_some() { Until::Utc(at) } else { Until::Local(at) })
}

/// So many numbers of two digits.
fn pairs<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_number = text.len() == 2 * N && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = text.as_bytes().chunks(2).filter(|_| is_number);
    let numbers: Vec<u8> = digits.map(|pair| (pair[0] - b'0') * 10 + pair[1] - b'0').collect();
    numbers.try_into().ok()
}
